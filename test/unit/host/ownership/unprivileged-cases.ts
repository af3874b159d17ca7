/**
 * What happens when the daemon is not root: each case runs in a process of its own, as a user who owns `dir` and nothing
 * else (unprivileged.test.ts). `prepare` runs first, as root.
 */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { Worker } from 'node:worker_threads';
import { os } from '../../../../native/index.js';
import { Errno } from '../../../../protocol/errno.js';
import { S_IFDIR, S_IFREG } from '../../../../protocol/linux.js';
import { Share, take } from './fixture.js';

export interface Case {
  readonly name: string;
  readonly prepare?: (dir: string, uid: number) => void;
  readonly run: (dir: string) => void | Promise<void>;
}

const alice = { uid: 1001, gid: 101 };
const slot = 3;
/** A group that the user is not in. */
const OTHER_GROUP = 4242;

/** A share with an object of that mode and, if given, that record. */
function shareWith(dir: string, mode: number, record?: string, kind: 'file' | 'directory' = 'file'): Share {
  const share = new Share(dir, { kind: 'caller' });
  share[kind]('f', 0o700);
  if (record !== undefined) share.setAttribute('f', record);
  fs.chmodSync(share.path('f'), mode);
  return share;
}

/** A file of the user's with a group that is not his. */
function foreignGroup(mode: number): NonNullable<Case['prepare']> {
  return (dir, uid) => {
    fs.writeFileSync(`${dir}/f`, '');
    fs.chownSync(`${dir}/f`, uid, OTHER_GROUP);
    fs.chmodSync(`${dir}/f`, mode);
  };
}

const reading: Case[] = [0o000, 0o200, 0o333, 0o4000].map((mode) => ({
  name: `the record of a file that its mode 0${mode.toString(8)} keeps us from reading`,
  run(dir) {
    const share = shareWith(dir, mode, '5:6:x');
    assert.deepEqual(share.report('f', { ...alice, slot }), { uid: 5, gid: 6, mode });
    assert.equal(share.hostMode('f'), mode, 'the mode is as before');
    assert.equal(share.reportedCtime, share.hostCtime('f'), 'the ctime reported is the one after that');
    take(share.counts);
    assert.deepEqual(share.report('f', { ...alice, slot }), { uid: 5, gid: 6, mode });
    assert.deepEqual(take(share.counts), {}, 'and it is not done twice');
  },
}));

const writing: Case[] = (
  [
    ['file', 0o444],
    ['file', 0o000],
    ['file', 0o1555],
    ['directory', 0o555],
    ['directory', 0o000],
  ] as const
).map(([kind, mode]) => ({
  name: `a chown of a ${kind} with mode 0${mode.toString(8)}`,
  run(dir) {
    const share = shareWith(dir, mode, undefined, kind);
    assert.equal(share.chown('f', 5, 6, alice), 0);
    assert.equal(share.hostMode('f'), mode);
    assert.deepEqual(share.report('f', alice), { uid: 5, gid: 6, mode });
    assert.equal(share.chown('f', 7, -1, alice), 0);
    assert.deepEqual(share.report('f', alice), { uid: 7, gid: 6, mode });
    assert.equal(share.hostMode('f'), mode);
  },
}));

const failing: Case[] = [
  {
    name: 'the mode comes back when the record cannot be written after all',
    run(dir) {
      let calls = 0;
      const share = new Share(
        dir,
        { kind: 'strict' },
        { setxattr: () => (calls++ === 0 ? -Errno.EACCES : -Errno.ENOSPC) },
      );
      share.file('f', 0o444);
      assert.equal(share.chown('f', 5, 6), -Errno.ENOSPC);
      assert.equal(calls, 2);
      assert.equal(share.counts.chmod, 2);
      assert.equal(share.hostMode('f'), 0o444);
    },
  },
  {
    name: 'the mode comes back when the addon throws',
    run(dir) {
      let calls = 0;
      const setxattr = () => {
        if (calls++ === 0) return -Errno.EACCES;
        throw new TypeError('thrown for this test');
      };
      const share = new Share(dir, { kind: 'strict' }, { setxattr });
      share.file('f', 0o444);
      assert.throws(() => share.chown('f', 5, 6), TypeError);
      assert.equal(share.hostMode('f'), 0o444);
    },
  },
  {
    name: "somebody else's chmod in between stays",
    run(dir) {
      const { setxattr } = os;
      let calls = 0;
      const share = new Share(
        dir,
        { kind: 'strict' },
        {
          setxattr: (...args) => {
            if (calls++ === 1) fs.chmodSync(`${dir}/f`, 0o640);
            return setxattr(...args);
          },
        },
      );
      share.file('f', 0o444);
      assert.equal(share.chown('f', 5, 6), 0);
      assert.equal(share.hostMode('f'), 0o640);
    },
  },
];

const othersFiles: Case[] = [
  {
    name: "another host user's file belongs to whoever asks and cannot be given away",
    prepare: (dir) => {
      fs.writeFileSync(`${dir}/f`, '', { mode: 0o644 });
      fs.writeFileSync(`${dir}/g`, '', { mode: 0o600 });
    },
    run(dir) {
      const share = new Share(dir, { kind: 'caller' });
      for (const name of ['f', 'g']) {
        const { uid, gid } = share.report(name, alice);
        assert.deepEqual({ uid, gid }, alice);
        assert.equal(share.chown(name, 5, 6, alice), -Errno.EPERM);
        assert.equal(share.chmod(name, 0o666, alice), -Errno.EPERM);
        assert.equal(share.chmod(name, 0o4777, alice), -Errno.EPERM);
      }
    },
  },
  {
    name: 'a record that cannot be read at all is none, and nothing is tried twice',
    prepare: (dir) => {
      const share = new Share(dir, { kind: 'caller' });
      share.file('f', 0o600);
      share.setAttribute('f', '5:6:x');
      share.settle('f');
      share.close();
    },
    run(dir) {
      const share = new Share(dir, { kind: 'caller' });
      assert.deepEqual(share.report('f', { ...alice, slot }), { ...alice, mode: 0o600 });
      assert.equal(take(share.counts).chmod, undefined, 'the owner may read it, we are not the owner');
      assert.deepEqual(share.report('f', { ...alice, slot }), { ...alice, mode: 0o600 });
      assert.deepEqual(take(share.counts), {});
    },
  },
  {
    name: 'a mode that could not be restored is not touched: S_ISGID of a group that is not ours',
    prepare: foreignGroup(0o2444),
    run(dir) {
      const share = new Share(dir, { kind: 'caller' });
      assert.equal(share.chown('f', 5, 6, alice), -Errno.EPERM);
      assert.equal(share.hostMode('f'), 0o2444);
    },
  },
  {
    name: 'S_ISGID for a group that is not ours is kept in the record',
    prepare: foreignGroup(0o644),
    run(dir) {
      const share = new Share(dir, { kind: 'strict' });
      assert.equal(share.chmod('f', 0o2755), 0);
      assert.equal(share.hostMode('f'), 0o755, 'Linux dropped it');
      assert.equal(share.attribute('f'), 'x:x:002755');
      assert.equal(share.report('f').mode, 0o2755);
      fs.chmodSync(share.path('f'), 0o700);
      assert.equal(share.report('f').mode, 0o700, 'the host user changed the mode since');
      assert.equal(share.chmod('f', 0o755), 0);
      assert.equal(share.attribute('f'), undefined);
    },
  },
];

const others: Case[] = [
  {
    name: 'what was created with a mode that shuts its owner out belongs to who created it',
    run(dir) {
      const share = new Share(dir, { kind: 'strict' });
      share.file('f', 0o444);
      share.directory('d', 0o000);
      assert.equal(share.created('f', S_IFREG | 0o444, alice), 0);
      assert.equal(share.created('d', S_IFDIR, alice), 0);
      assert.deepEqual(share.report('f'), { ...alice, mode: 0o444 });
      assert.deepEqual(share.report('d'), { ...alice, mode: 0 });
      assert.deepEqual([share.hostMode('f'), share.hostMode('d')], [0o444, 0]);
    },
  },
  {
    name: 'symlinks: no record',
    run(dir) {
      fs.symlinkSync('nowhere', `${dir}/l`);
      const caller = new Share(dir, { kind: 'caller' });
      assert.equal(caller.chown('l', 5, 6, alice), 0);
      assert.equal(caller.report('l', alice).uid, alice.uid);
      const strict = new Share(dir, { kind: 'strict' });
      assert.equal(strict.chown('l', 5, 6), -Errno.EPERM);
      assert.equal(strict.chown('l', 0, 0), 0);
    },
  },
  {
    name: 'host: a new object stays ours, a chown is refused',
    run(dir) {
      const share = new Share(dir, { kind: 'host' });
      share.file('f');
      assert.equal(share.created('f', S_IFREG | 0o644, alice), 0);
      assert.equal(share.report('f', alice).uid, process.geteuid!());
      assert.equal(share.chown('f', 5, 6, alice), -Errno.EPERM);
    },
  },
  {
    name: 'two workers reading one such record at once leave the mode as it was',
    async run(dir) {
      const share = shareWith(dir, 0o000, '5:6:x');
      const momentaryLock = new Int32Array(new SharedArrayBuffer(4));
      const workerData = { dir, momentaryLock, times: 3000 };
      const ends = [1, 2].map(
        () =>
          new Promise<void>((resolve, reject) => {
            const worker = new Worker(new URL('./unprivileged-worker.js', import.meta.url), { workerData });
            worker.once('error', reject);
            worker.once('exit', () => resolve());
          }),
      );
      await Promise.all(ends);
      assert.equal(share.hostMode('f'), 0);
    },
  },
];

export const cases: readonly Case[] = [...reading, ...writing, ...failing, ...othersFiles, ...others];
