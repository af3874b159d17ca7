/** Symlinks, FIFOs and sockets, which may not carry user attributes on Linux, and file systems that have none. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { os } from '../../../../native/index.js';
import { Errno } from '../../../../protocol/errno.js';
import { S_IFIFO, S_IFLNK, S_IFREG } from '../../../../protocol/linux.js';
import { isRoot, RECORD, TRUSTED_RECORD, take } from './fixture.js';
import { shares } from './shares.js';

const alice = { uid: 1001, gid: 101 };
const KINDS = ['caller', 'strict'] as const;

/** A host whose special objects carry no record: trusted attributes need CAP_SYS_ADMIN. */
const unprivileged = {
  setxattr: () => -Errno.EPERM,
  removexattr: () => -Errno.EPERM,
};

for (const kind of KINDS) {
  describe(`ownership ${kind}: objects that cannot carry a record`, () => {
    const open = shares();

    it(`a chown of one ${kind === 'caller' ? 'is accepted and forgotten' : 'is refused unless nothing changes'}`, () => {
      const share = open({ kind }, unprivileged);
      fs.symlinkSync('nowhere', share.path('l'));
      execFileSync('mkfifo', [share.path('p')]);
      for (const name of ['l', 'p']) {
        const { uid, gid } = share.report(name, alice);
        assert.equal(share.chown(name, 5, 6, alice), kind === 'caller' ? 0 : -Errno.EPERM, name);
        assert.equal(share.chown(name, uid, gid, alice), 0, name);
        assert.equal(share.chown(name, -1, -1, alice), 0, name);
        assert.deepEqual([share.report(name, alice).uid, share.report(name, alice).gid], [uid, gid], name);
      }
    });

    it('creating one works', () => {
      const share = open({ kind }, unprivileged);
      fs.symlinkSync('nowhere', share.path('l'));
      assert.equal(share.created('l', S_IFLNK | 0o777, alice), 0);
    });

    it('but a regular file that may not be given away is an error', () => {
      const share = open({ kind }, unprivileged);
      share.file('f');
      assert.equal(share.chown('f', 5, 6, alice), -Errno.EPERM);
    });

    if (isRoot) {
      it('with CAP_SYS_ADMIN they have a trusted one, and what a symlink points at has nothing to do with it', () => {
        const share = open({ kind });
        share.file('f');
        fs.symlinkSync('f', share.path('l'));
        execFileSync('mkfifo', [share.path('p')]);
        for (const name of ['l', 'p']) {
          assert.equal(share.chown(name, 5, 6, alice), 0, name);
          assert.equal(share.attribute(name, TRUSTED_RECORD), '5:6:x');
          const { uid, gid } = share.report(name, alice);
          assert.deepEqual([uid, gid], [5, 6], name);
        }
        assert.equal(share.attribute('f'), undefined);
        assert.notEqual(share.report('f', alice).uid, 5);
      });

      it('created ones too', () => {
        const share = open({ kind: 'strict' });
        execFileSync('mkfifo', [share.path('p')]);
        assert.equal(share.created('p', S_IFIFO | 0o644, alice), 0);
        assert.equal(share.attribute('p', TRUSTED_RECORD), '1001:101:x');
        assert.equal(share.chown('p', 0, 0), 0);
        assert.equal(share.attribute('p', TRUSTED_RECORD), undefined);
      });

      it('a trusted record on a regular file is not ours', () => {
        const share = open({ kind });
        share.file('f');
        share.setAttribute('f', '5:6:x', TRUSTED_RECORD);
        assert.notEqual(share.report('f', alice).uid, 5);
      });
    }
  });

  describe(`ownership ${kind}: a file system without user attributes`, () => {
    const open = shares();

    for (const [how, replaced] of [
      ['says so when listed', { listxattr: () => -Errno.EOPNOTSUPP }],
      ['says so only when asked for one', { listxattr: () => 0 }],
    ] as const) {
      it(`${how}: is asked once`, () => {
        const share = open(
          { kind },
          { ...replaced, getxattr: () => -Errno.EOPNOTSUPP, setxattr: () => -Errno.EOPNOTSUPP },
        );
        share.file('f');
        share.directory('d');
        share.report('f', alice);
        take(share.counts);
        share.report('f', alice);
        share.report('d', alice);
        assert.deepEqual(take(share.counts), {});
        assert.equal(share.chown('f', 5, 6, alice), kind === 'caller' ? 0 : -Errno.EPERM);
        assert.equal(share.created('f', S_IFREG | 0o644, alice), 0);
      });
    }

    it('that has them after all is believed', () => {
      let remounted = false;
      const refuse = (call: (...args: number[]) => number) =>
        ((...args: number[]) => (remounted ? call(...args) : -Errno.EOPNOTSUPP)) as never;
      const { getxattr, setxattr, listxattr } = os;
      const share = open(
        { kind },
        {
          getxattr: refuse(getxattr as never),
          setxattr: refuse(setxattr as never),
          listxattr: refuse(listxattr as never),
        },
      );
      share.file('f');
      share.report('f', alice);
      remounted = true;
      assert.equal(share.chown('f', 5, 6, alice), 0);
      assert.deepEqual(share.report('f', alice), { uid: 5, gid: 6, mode: 0o644 });
      assert.equal(share.attribute('f', RECORD), '5:6:x');
    });
  });
}
