/** What the host did, and what it is called. */
import assert from 'node:assert/strict';

import { Batch, LIMITS } from '../../../../host/snapshot/batch.js';
import type { Change } from '../../../../host/snapshot/changes.js';
import type { Disk } from './disk.js';
import { World } from './world.js';

const [ROOT, D] = [2, 3];

/** The changes, as text, after the host did this to root: d/c, a, b. */
function after(act: (disk: Disk) => void): string[] {
  const world = new World((disk) => {
    disk.create(ROOT, 'd', true);
    disk.create(D, 'c');
    disk.create(ROOT, 'a');
    disk.create(ROOT, 'b');
  });
  act(world.disk);
  world.settle();
  world.check();
  const place = ({ directory, name }: Change['at']) => (directory === 1 ? name : `d/${name}`);
  return world.changes.map((change) => {
    const from = 'from' in change ? `${place(change.from)} → ` : '';
    const other = change.kind === 'exchanged' ? ` ↔ ${place(change.with)}` : '';
    const over = 'over' in change && change.over ? ` over ${change.over.links}` : '';
    return `${change.kind} ${from}${place(change.at)}${other}${over}`;
  });
}

describe('the comparison of a snapshot with the host', () => {
  const cases: [string, (disk: Disk) => void, string[]][] = [
    ['a new file', (disk) => disk.create(ROOT, 'x'), ['created x']],
    ['a write', (disk) => disk.write(ROOT, 'a'), ['modified a']],
    ['a chmod', (disk) => disk.chmod(ROOT, 'a'), ['attributes a']],
    ['a hard link', (disk) => disk.link(ROOT, 'a', D, 'x'), ['linked d/x']],
    ['an unlink', (disk) => disk.remove(ROOT, 'a'), ['removed a']],
    ['a rename across directories', (disk) => disk.rename(ROOT, 'a', D, 'x'), ['moved a → d/x']],
    ['a rename over a file', (disk) => disk.rename(ROOT, 'a', ROOT, 'b'), ['moved a → b over 0']],
    ['an exchange', (disk) => disk.exchange(ROOT, 'a', D, 'c'), ['exchanged a ↔ d/c']],
    ['a renamed directory', (disk) => disk.rename(ROOT, 'd', ROOT, 'e'), ['moved d → e']],
    [
      'a tree that is removed',
      (disk) => {
        disk.remove(D, 'c');
        disk.remove(ROOT, 'd');
      },
      ['removed d/c', 'removed d'],
    ],
    [
      'an atomic save',
      (disk) => {
        disk.create(ROOT, 'tmp');
        disk.write(ROOT, 'tmp');
        disk.rename(ROOT, 'tmp', ROOT, 'a');
      },
      ['replaced a over 0'],
    ],
    [
      'a backup and a new file',
      (disk) => {
        disk.rename(ROOT, 'a', ROOT, 'a~');
        disk.create(ROOT, 'a');
      },
      ['moved a → a~', 'created a'],
    ],
    [
      'three renames in a circle',
      (disk) => {
        disk.rename(ROOT, 'a', ROOT, 'x');
        disk.rename(ROOT, 'b', ROOT, 'a');
        disk.rename(D, 'c', ROOT, 'b');
        disk.rename(ROOT, 'x', D, 'c');
      },
      ['moved-out b', 'moved d/c → b', 'moved a → d/c', 'moved-in a'],
    ],
    [
      'nothing, in the end',
      (disk) => {
        disk.create(ROOT, 'x');
        disk.remove(ROOT, 'x');
      },
      [],
    ],
  ];
  for (const [title, act, expected] of cases)
    it(`${title}: ${expected.join(', ') || 'nothing'}`, () => assert.deepEqual(after(act), expected));
});

it('directories that the host exchanged keep their snapshots', () => {
  const world = new World((disk) => {
    disk.create(ROOT, 'd', true);
    disk.create(ROOT, 'e', true);
  });
  const before = [world.of(3), world.of(4)];
  world.disk.exchange(ROOT, 'd', ROOT, 'e');
  world.settle();
  world.check();
  assert.ok(before[0] === world.of(3) && before[1] === world.of(4));
});

describe('a batch', () => {
  it('becomes coarser where room ends, and loses nothing', () => {
    const batch = new Batch({ ...LIMITS, names: 10, namesEach: 4, directories: 3 });
    for (let i = 0; i < 5; i++) batch.name(1, `n${i}`);
    batch.name(2, 'x', true);
    assert.deepEqual(
      batch.take(),
      new Map<number, unknown>([
        [1, 'whole'],
        [2, new Map([['x', true]])],
      ]),
    );
    assert.ok(batch.empty);
    for (let id = 1; id <= 4; id++) batch.name(id, 'x');
    batch.name(9, 'y');
    assert.equal(batch.take(), 'everything');
    assert.deepEqual([batch.byteLength, batch.coarser.everything], [0, 1]);
  });
});
