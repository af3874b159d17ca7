/** Guest operations, changes of the host and the watcher's work in every order: the two sides' changes are never confused. */
import assert from 'node:assert/strict';
import { Random } from '../../protocol/random.js';
import type { Disk } from './disk.js';
import { guestOperation, type Op, perform } from './guest.js';
import { World } from './world.js';

const ROOT = 2;
const D = 3;
/** root: d/c, a, b (a file, or not there) */
const fill = (withB: boolean) => (disk: Disk) => {
  disk.create(ROOT, 'd', true);
  disk.create(D, 'c');
  disk.create(ROOT, 'a');
  if (withB) disk.create(ROOT, 'b');
};

const A = [ROOT, 'a'] as const;
const B = [ROOT, 'b'] as const;
const C = [D, 'c'] as const;
const OPS: Op[] = [
  { kind: 'create', at: B },
  { kind: 'mkdir', at: B },
  { kind: 'write', at: A },
  { kind: 'chmod', at: A },
  { kind: 'remove', at: A },
  { kind: 'remove', at: B },
  { kind: 'rename', at: A, to: B },
  { kind: 'rename', at: B, to: A },
  { kind: 'rename', at: A, to: C },
  { kind: 'link', at: A, to: B },
  { kind: 'exchange', at: A, to: C },
  { kind: 'rename', at: [ROOT, 'd'], to: [ROOT, 'e'] },
];

/** All orders in which lists of so many steps can be merged. */
function* orders(counts: number[]): Generator<number[]> {
  if (counts.every((count) => count === 0)) yield [];
  for (const [who, count] of counts.entries()) {
    if (count === 0) continue;
    for (const rest of orders(counts.map((c, i) => (i === who ? c - 1 : c)))) yield [who, ...rest];
  }
}

function run(world: World, actors: Generator<void>[], order: Iterable<number>, about: () => string, all = false): void {
  try {
    for (const who of order) actors[who].next();
    for (let left = actors; left.length > 0; ) left = left.filter((actor) => !actor.next().done);
    world.settle();
    if (all) world.batch.everything();
    world.settle();
    world.check();
  } catch (error) {
    throw new Error(`${about()}\n${(error as Error).message}`, { cause: error });
  }
}

function* hostDoes(world: World, ops: Op[]): Generator<void> {
  for (const op of ops) {
    perform(world.disk, op);
    yield;
  }
}

describe('guest operations, host changes and the watcher, interleaved', () => {
  for (const withB of [true, false]) {
    it(`every operation of the guest with every change of the host in ${withB ? 'every order, two files' : 'every fourth order, one file'}`, () => {
      const all = [...orders([4, 1, 3])].filter((_, i) => withB || i % 4 === 0);
      for (const guest of OPS) {
        for (const host of OPS) {
          for (const order of all) {
            const world = new World(fill(withB));
            const actors = [guestOperation(world, guest), hostDoes(world, [host]), world.watcher()];
            run(world, actors, order, () => JSON.stringify({ guest, host, order }));
          }
        }
      }
    });
  }

  it('what the guest does alone is never reported, two operations at a time in many orders with the watcher', () => {
    const all = [...orders([4, 4, 3])].filter((_, i) => i % 140 === 0);
    for (const [first, second] of OPS.flatMap((one) => OPS.map((other) => [one, other] as const))) {
      for (const order of all) {
        const world = new World(fill(true));
        const actors = [guestOperation(world, first), guestOperation(world, second), world.watcher()];
        const about = () => JSON.stringify({ first, second, order, changes: world.changes });
        run(world, actors, order, about);
        assert.deepEqual(world.changes, [], about());
      }
    }
  });

  it('long random scripts of two guest programs and the host, with directories that move (seeded)', () => {
    for (let seed = 1; seed <= 300; seed++) randomRun(seed, true);
  });

  it('long random scripts of the host alone, compared late and with little room for what is dirty (seeded)', () => {
    for (let seed = 1; seed <= 300; seed++) randomRun(seed, false);
  });
});

function randomRun(seed: number, guests: boolean): void {
  const random = new Random(seed * 7919);
  const limits = {
    names: 6 + random.below(20),
    namesEach: 2 + random.below(10),
    directories: 3 + random.below(20),
    bytes: 4096,
  };
  const world = new World(fill(true), limits);
  // Where a file has names in directories nobody watches, only a comparison of everything finds what was done by those.
  const links = seed % 2 === 0;
  const kinds = [
    'create',
    'mkdir',
    'write',
    'chmod',
    'remove',
    'rename',
    links ? 'link' : 'rename',
    'exchange',
  ] as const;
  const op = (): Op => {
    const directories = [...world.disk.directories.keys()];
    const place = () => [random.pick(directories), random.pick(['a', 'b', 'c', 'd', 'e'])] as const;
    const kind = random.pick(kinds);
    return { kind, at: place(), to: place() };
  };
  const script: string[] = [];
  const actors: (Generator<void> | undefined)[] = [undefined, undefined, undefined];
  for (let step = 0; step < 120; step++) {
    const who = random.below(guests ? 4 : 30);
    if (who > 2 || (who < 2 && !guests)) {
      const next = op();
      script.push(`host ${JSON.stringify(next)}`);
      perform(world.disk, next);
      continue;
    }
    if (!actors[who]) {
      const next = op();
      actors[who] = who === 2 ? world.watcher() : guestOperation(world, next);
      script.push(who === 2 ? 'watcher' : `guest ${who} ${JSON.stringify(next)}`);
    } else script.push(String(who));
    if (actors[who].next().done) actors[who] = undefined;
  }
  run(
    world,
    actors.filter((actor) => actor !== undefined),
    [],
    () => `seed ${seed}\n${script.join('\n')}`,
    links,
  );
}
