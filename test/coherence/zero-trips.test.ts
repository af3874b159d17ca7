/**
 * What has been seen once costs nothing the second time, by the daemon's counters; and the opposite where nothing may be
 * kept: there the same work asks again.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { temporaryDirectory } from '../support/bare-directory.js';
import { BUILT, CACHING, type Mode } from '../support/modes.js';
import { Osmofs } from '../support/osmofs.js';
import { type Trips, tripsOf } from '../support/requests.js';
import { Git } from '../work/support/git.js';
import { run } from '../work/support/run.js';

const DIRECTORIES = 20;
const FILES = 400;
/** As many as `require` makes in a large application; where each is a request, a part of them proves it. */
const MISSES = 37_000;
const MISSES_THAT_ASK = 1850;

/** No kernel remembers the answer of statfs(2), which find(1) asks for once. */
const UNKEPT = ['STATFS'];
/** Where the agent writes behind, opening and closing are requests. */
const OPENING = ['OPEN', 'OPENDIR', 'FLUSH', 'RELEASE', 'RELEASEDIR'];

/**
 * FUSE drops the access time when it has read something that it did not have (fuse_invalidate_atime): who stats it next asks once
 * more. What is read from the guest's own memory drops nothing.
 */
const AFTER_READING = 'GETATTR';
const READS = ['READ', 'READDIR', 'READDIRPLUS', 'READLINK'];

/** Passes after the second, of which one has to send nothing. */
const ROUNDS = 4;

interface Work {
  readonly title: string;
  /** an operation that must be among the requests where nothing is kept */
  readonly asks: string;
  run(dir: string, keeps: boolean): unknown;
}

const WORKS: readonly Work[] = [
  { title: 'find', asks: 'LOOKUP', run: (dir) => run('find', [dir, '-ls']) },
  {
    title: 'cat of everything',
    asks: 'READ',
    run: (dir) => run('sh', ['-c', `find ${dir} -type f -exec cat {} + | cksum`]),
  },
  {
    title: 'git status',
    asks: 'LOOKUP',
    run: (dir) => new Git(dir).run('--no-optional-locks', 'status', '--porcelain'),
  },
  {
    title: `${MISSES} looks for what is not there`,
    asks: 'LOOKUP',
    run(dir, keeps) {
      for (let i = 0; i < (keeps ? MISSES : MISSES_THAT_ASK); i++)
        assert.ok(!existsSync(`${dir}/d${i % DIRECTORIES}/node_modules-${i % MISSES_THAT_ASK}/package.json`));
    },
  },
];

async function grow(dir: string): Promise<void> {
  for (let i = 0; i < FILES; i++) {
    mkdirSync(`${dir}/d${i % DIRECTORIES}`, { recursive: true });
    writeFileSync(`${dir}/d${i % DIRECTORIES}/f${i}`, `${i}\n`.repeat(1 + (i % 700)));
  }
  const git = new Git(dir);
  await git.run('init', '--quiet', '--initial-branch=main');
  // What commit starts in the background would change things later.
  await git.run('config', 'maintenance.auto', 'false');
  await git.run('config', 'gc.auto', '0');
  await git.run('add', '--all');
  await git.run('commit', '--quiet', '-m', 'all of it');
}

/** What was asked for though it could have been kept, and how much the agent has answered. */
function asked({ daemon, agent }: Trips, mode: Mode): [Record<string, number>, number] {
  const opens = mode === 'delegated';
  const unkept = opens ? [...UNKEPT, ...OPENING] : UNKEPT;
  const rest = Object.fromEntries(Object.entries(daemon).filter(([name]) => !unkept.includes(name)));
  // FLUSH is the agent's to answer where nothing was written.
  return [rest, opens ? 0 : agent];
}

describe('requests for what has been seen before', function () {
  this.timeout(300_000);
  let temporary: ReturnType<typeof temporaryDirectory>;
  let osmofs: Osmofs;

  before(async () => {
    temporary = temporaryDirectory();
    mkdirSync(`${temporary.dir}/host`);
    await grow(`${temporary.dir}/host`);
    osmofs = await Osmofs.start();
  });
  after(async () => {
    try {
      await osmofs?.stop();
    } finally {
      temporary?.remove();
    }
  });

  for (const mode of BUILT) {
    const keeps = CACHING.includes(mode);
    for (const [i, work] of WORKS.entries()) {
      it(`${mode}: ${work.title}, a second time, sends ${keeps ? `none${mode === 'delegated' ? ' but to open and close' : ''}` : 'them again'}`, async () => {
        const dir = `${temporary.dir}/${mode}-${i}`;
        await osmofs.mount(`${temporary.dir}/host`, dir, [
          '--consistency',
          mode,
          '--ownership',
          'strict',
          '--name',
          `${mode}-${i}`,
        ]);
        const first = await tripsOf(osmofs, dir, () => work.run(dir, keeps));
        assert.ok((first.daemon[work.asks] ?? 0) > 0, `the first time: ${JSON.stringify(first)}`);
        const second = await tripsOf(osmofs, dir, () => work.run(dir, keeps));
        if (!keeps) assert.ok((second.daemon[work.asks] ?? 0) > 0, `the second time: ${JSON.stringify(second)}`);
        else {
          const { [AFTER_READING]: after = 0 } = second.daemon;
          const reads = READS.reduce((sum, name) => sum + (first.daemon[name] ?? 0), 0);
          assert.ok(after <= reads, `${after} after ${reads} reads`);
          // A kernel short of memory, or one that gives back what it thinks cold, asks again for what it has dropped.
          let again = asked(second, mode);
          for (let round = 0; round < ROUNDS && (round === 0 || !isDeepStrictEqual(again, [{}, 0])); round++) {
            again = asked(await tripsOf(osmofs, dir, () => work.run(dir, keeps)), mode);
          }
          assert.deepEqual(again, [{}, 0], 'the third time and later');
        }
        await osmofs.umount(dir);
      });
    }
  }
});
