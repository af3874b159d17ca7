import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { os } from '../../../../native/index.js';
import { Errno } from '../../../../protocol/errno.js';
import { S_IFDIR, S_IFREG, S_ISGID, S_ISVTX } from '../../../../protocol/linux.js';
import { shares } from './shares.js';

const alice = { uid: 1001, gid: 101 };
const KINDS = ['caller', 'strict'] as const;

/** A host that silently drops S_ISGID, as Linux does for a group that is not the caller's. */
const dropsSetgid = { chmod: (fd: number, mode: number) => os.chmod(fd, mode & ~S_ISGID) };
/** A host that refuses the sticky bit of files with an error, as macOS does. */
const refusesSticky = {
  chmod: (fd: number, mode: number) => ((mode & S_ISVTX) !== 0 ? -Errno.EPERM : os.chmod(fd, mode)),
};
const noAttributes = {
  setxattr: () => -Errno.EOPNOTSUPP,
  getxattr: () => -Errno.EOPNOTSUPP,
  listxattr: () => -Errno.EOPNOTSUPP,
};

for (const kind of KINDS) {
  describe(`ownership ${kind}: chmod`, () => {
    const open = shares();

    it('reaches the host inode and needs no record', () => {
      const share = open({ kind });
      share.file('f');
      for (const mode of [0o600, 0o4755, 0o7777, 0o000, 0o644]) {
        assert.equal(share.chmod('f', mode, alice), 0);
        assert.equal(share.hostMode('f'), mode);
        assert.equal(share.report('f', alice).mode, mode);
        assert.equal(share.attribute('f'), undefined);
      }
    });

    it('keeps a recorded owner', () => {
      const share = open({ kind });
      share.file('f');
      assert.equal(share.chown('f', 5, 6), 0);
      assert.equal(share.chmod('f', 0o600), 0);
      assert.equal(share.attribute('f'), '5:6:x');
      assert.deepEqual(share.report('f', alice), { uid: 5, gid: 6, mode: 0o600 });
    });

    for (const [what, replaced] of [
      ['drops', dropsSetgid],
      ['refuses', refusesSticky],
    ] as const) {
      const bit = replaced === dropsSetgid ? S_ISGID : S_ISVTX;

      it(`records bits that the host ${what}, until they go or the host's mode changes`, () => {
        const share = open({ kind }, replaced);
        share.file('f', 0o600);
        assert.equal(share.chmod('f', 0o755 | bit, alice), 0);
        assert.equal(share.hostMode('f'), 0o755);
        assert.equal(share.attribute('f'), `x:x:00${(0o755 | bit).toString(8)}`);
        assert.equal(share.report('f', alice).mode, 0o755 | bit);

        fs.chmodSync(share.path('f'), 0o700);
        assert.equal(share.report('f', alice).mode, 0o700, 'the host user had the last word');
        fs.chmodSync(share.path('f'), 0o755);
        assert.equal(share.report('f', alice).mode, 0o755 | bit);

        assert.equal(share.chmod('f', 0o711, alice), 0);
        assert.equal(share.attribute('f'), undefined);
        assert.equal(share.report('f', alice).mode, 0o711);
      });

      it(`records bits that the host ${what} when an object is created with them`, () => {
        const share = open({ kind }, replaced);
        share.file('f', 0o755);
        assert.equal(share.created('f', S_IFREG | 0o755 | bit, alice), 0);
        assert.equal(share.report('f', alice).mode, 0o755 | bit);
      });
    }

    it('bits that the host drops and no record can keep are dropped, as chmod(2) does', () => {
      const share = open({ kind }, { ...dropsSetgid, ...noAttributes });
      share.file('f', 0o600);
      assert.equal(share.chmod('f', 0o2755, alice), 0);
      assert.equal(share.report('f', alice).mode, 0o755);
    });

    it('bits that the host refuses and no record can keep are refused, and the mode stays', () => {
      const share = open({ kind }, { ...refusesSticky, ...noAttributes });
      share.file('f', 0o600);
      assert.equal(share.chmod('f', 0o1755, alice), -Errno.EPERM);
      assert.equal(share.hostMode('f'), 0o600);
    });

    it('that the host refuses altogether is refused', () => {
      const share = open({ kind }, { chmod: () => -Errno.EPERM });
      share.file('f', 0o600);
      assert.equal(share.chmod('f', 0o644, alice), -Errno.EPERM);
      assert.equal(share.chmod('f', 0o4755, alice), -Errno.EPERM);
      assert.equal(share.attribute('f'), undefined);
    });

    it('a record that cannot be written takes the mode back', () => {
      const share = open({ kind }, { ...dropsSetgid, setxattr: () => -Errno.ENOSPC });
      share.file('f', 0o600);
      assert.equal(share.chmod('f', 0o2755, alice), -Errno.ENOSPC);
      assert.equal(share.hostMode('f'), 0o600);
    });
  });

  describe(`ownership ${kind}: set-id bits`, () => {
    const open = shares();

    it('a chown clears them on files', () => {
      const share = open({ kind });
      share.file('f', 0o6755);
      assert.equal(share.chown('f', 5, 6, alice), 0);
      assert.equal(share.hostMode('f'), 0o755);
      assert.equal(share.report('f', alice).mode, 0o755);
    });

    it('a chown leaves S_ISGID without group execution, and directories', () => {
      const share = open({ kind });
      share.file('f', 0o6745);
      share.directory('d', 0o6755);
      assert.equal(share.chown('f', 5, 6, alice), 0);
      assert.equal(share.chown('d', 5, 6, alice), 0);
      assert.equal(share.hostMode('f'), 0o2745);
      assert.equal(share.hostMode('d'), 0o6755);
    });

    it('a chown clears recorded ones', () => {
      const share = open({ kind }, dropsSetgid);
      share.file('f');
      assert.equal(share.chmod('f', 0o2755, alice), 0);
      assert.equal(share.chown('f', 5, 6, alice), 0);
      assert.equal(share.report('f', alice).mode, 0o755);
    });

    it('a chown that cannot be recorded leaves them', () => {
      const share = open({ kind }, { setxattr: () => -Errno.ENOSPC });
      share.file('f', 0o4755);
      assert.equal(share.chown('f', 5, 6, alice), -Errno.ENOSPC);
      assert.equal(share.hostMode('f'), 0o4755);
    });

    it('a write clears them on files, on the host and in the record', () => {
      const share = open({ kind }, dropsSetgid);
      share.file('f', 0o6755);
      assert.equal(share.killSetId('f'), 0);
      assert.equal(share.hostMode('f'), 0o755);
      assert.equal(share.chmod('f', 0o6755, alice), 0);
      assert.equal(share.report('f', alice).mode, 0o6755);
      assert.equal(share.killSetId('f'), 0);
      assert.equal(share.report('f', alice).mode, 0o755);
      assert.equal(share.hostMode('f'), 0o755);
    });

    it('a write without set-id bits changes nothing', () => {
      const share = open({ kind });
      share.file('f', 0o1755);
      const ctime = share.hostCtime('f');
      assert.equal(share.killSetId('f'), 0);
      assert.equal(share.hostMode('f'), 0o1755);
      assert.equal(share.hostCtime('f'), ctime);
    });

    it('a write through an open file clears them even after the name is gone', () => {
      const share = open({ kind });
      share.file('f', 0o4755);
      const fd = share.open('f');
      fs.unlinkSync(share.path('f'));
      assert.equal(share.ownership.killSetId(fd, -1), 0);
      assert.equal(fs.fstatSync(fd).mode & 0o7777, 0o755);
    });

    it('a directory created in one with a recorded S_ISGID has it too', () => {
      const share = open({ kind }, dropsSetgid);
      share.directory('g');
      assert.equal(share.chmod('g', 0o2755, alice), 0);
      share.directory('g/d');
      assert.equal(share.created('g/d', S_IFDIR | 0o755, alice, 'g'), 0);
      assert.equal(share.report('g/d', alice).mode, 0o2755);
    });

    it('a sticky directory stays one', () => {
      const share = open({ kind });
      share.directory('t', 0o1777);
      assert.equal(share.created('t', S_IFDIR | 0o1777, alice), 0);
      assert.equal(share.chown('t', 5, 6, alice), 0);
      assert.equal(share.report('t', alice).mode, 0o1777);
    });
  });
}
