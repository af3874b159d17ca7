import assert from 'node:assert/strict';
import * as Darwin from '../../../native/darwin/flags.js';
import { Errno } from '../../../protocol/errno.js';
import * as Linux from '../../../protocol/linux.js';

describe('darwin open flags', () => {
  const pairs: [string, linux: number, darwin: number][] = [
    ['O_RDONLY', 0, 0],
    ['O_WRONLY', 1, 1],
    ['O_RDWR', 2, 2],
    ['O_CREAT', 0o100, 0x200],
    ['O_EXCL', 0o200, 0x800],
    ['O_NOCTTY', 0o400, 0x20000],
    ['O_TRUNC', 0o1000, 0x400],
    ['O_APPEND', 0o2000, 0x8],
    ['O_NONBLOCK', 0o4000, 0x4],
    ['O_DSYNC', 0o10000, 0x400000],
    ['O_SYNC', 0o4010000, 0x80],
    ['O_DIRECT', 0o40000, 0x10000000],
    ['O_DIRECTORY', 0o200000, 0x100000],
    ['O_NOFOLLOW', 0o400000, 0x100],
    ['O_CLOEXEC', 0o2000000, 0x1000000],
    ['O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC', 0o2000302, 0x1000a02],
    ['O_WRONLY|O_APPEND|O_SYNC', 0o4012001, 0x89],
  ];
  for (const [name, linux, darwin] of pairs) {
    it(`${name}: ${linux.toString(8)} octal is 0x${darwin.toString(16)}, both ways`, () => {
      assert.equal(Darwin.openFlagsToDarwin(linux), darwin);
      assert.equal(Darwin.openFlagsToLinux(darwin), linux);
    });
  }

  it('comes back unchanged from every combination of what both systems have', () => {
    const bits = pairs.slice(3, -2).map(([, linux]) => linux);
    for (let subset = 0; subset < 1 << bits.length; subset++) {
      const linux = bits.reduce((flags, bit, at) => (subset & (1 << at) ? flags | bit : flags), Linux.O_RDWR);
      assert.equal(Darwin.openFlagsToLinux(Darwin.openFlagsToDarwin(linux)), linux);
    }
  });

  it('drops O_LARGEFILE, O_NOATIME and FMODE_EXEC', () => {
    for (const flag of [Linux.O_LARGEFILE, Linux.O_NOATIME, Linux.FMODE_EXEC]) {
      assert.equal(Darwin.openFlagsToDarwin(flag | Linux.O_RDWR), Darwin.O_RDWR);
    }
  });

  it('refuses O_TMPFILE, O_PATH and access mode 3, but not O_DIRECTORY, which O_TMPFILE contains', () => {
    assert.equal(Darwin.openFlagsToDarwin(Linux.O_TMPFILE | Linux.O_RDWR), -Errno.EOPNOTSUPP);
    assert.equal(Darwin.openFlagsToDarwin(Linux.O_PATH), -Errno.EINVAL);
    assert.equal(Darwin.openFlagsToDarwin(3), -Errno.EINVAL);
    assert.equal(Darwin.openFlagsToDarwin(Linux.O_DIRECTORY), Darwin.O_DIRECTORY);
  });

  it('drops what only darwin has on the way back', () => {
    const evtonly = 0x8000;
    const symlink = 0x200000;
    assert.equal(Darwin.openFlagsToLinux(evtonly | symlink | Darwin.O_WRONLY), Linux.O_WRONLY);
  });
});

describe('darwin rename flags', () => {
  it('NOREPLACE is RENAME_EXCL (4), EXCHANGE is RENAME_SWAP (2), both ways', () => {
    assert.deepEqual([0, 1, 2].map(Darwin.renameFlagsToDarwin), [0, 4, 2]);
    assert.deepEqual([0, 4, 2].map(Darwin.renameFlagsToLinux), [0, 1, 2]);
  });

  it('refuses WHITEOUT, both at once and unknown bits with EINVAL', () => {
    for (const flags of [Linux.RENAME_WHITEOUT, 3, 8, -1]) {
      assert.equal(Darwin.renameFlagsToDarwin(flags), -Errno.EINVAL);
    }
  });
});

describe('darwin whence', () => {
  it('swaps SEEK_DATA and SEEK_HOLE and is its own inverse', () => {
    assert.deepEqual([0, 1, 2, 3, 4].map(Darwin.whenceToDarwin), [0, 1, 2, 4, 3]);
    for (const whence of [0, 1, 2, 3, 4]) {
      assert.equal(Darwin.whenceToDarwin(Darwin.whenceToDarwin(whence)), whence);
    }
    assert.equal(Darwin.whenceToDarwin(Linux.SEEK_DATA), Darwin.SEEK_DATA);
    assert.equal(Darwin.whenceToDarwin(Linux.SEEK_HOLE), Darwin.SEEK_HOLE);
  });

  it('refuses others with EINVAL', () => {
    for (const whence of [5, -1, 0x7fffffff]) assert.equal(Darwin.whenceToDarwin(whence), -Errno.EINVAL);
  });
});

describe('darwin xattr flags', () => {
  it('CREATE 1 is 2, REPLACE 2 is 4, both ways', () => {
    assert.deepEqual([0, 1, 2, 3].map(Darwin.xattrFlagsToDarwin), [0, 2, 4, 6]);
    assert.deepEqual([0, 2, 4, 6].map(Darwin.xattrFlagsToLinux), [0, 1, 2, 3]);
  });

  it('refuses unknown bits with EINVAL; on the way back XATTR_NOFOLLOW (1) is dropped', () => {
    assert.equal(Darwin.xattrFlagsToDarwin(4), -Errno.EINVAL);
    assert.equal(Darwin.xattrFlagsToLinux(1 | Darwin.XATTR_CREATE), Linux.XATTR_CREATE);
  });
});
