import assert from 'node:assert/strict';
import * as l from '../../../protocol/linux.js';

describe('protocol/linux', () => {
  it('leaves open flags of x86-64 as they are', () => {
    assert.equal(l.openFlagsFrom('x64', 0o7777777), 0o7777777);
    assert.equal(l.openFlagsFor('x64', 0o7777777), 0o7777777);
  });

  it('translates the four open flags of arm64 that differ', () => {
    const pairs: [number, number][] = [
      [l.O_DIRECTORY, 0o40000],
      [l.O_NOFOLLOW, 0o100000],
      [l.O_DIRECT, 0o200000],
      [l.O_LARGEFILE, 0o400000],
      [l.O_TMPFILE | l.O_RDWR, 0o20040002],
      [l.O_CREAT | l.O_EXCL | l.O_APPEND | l.O_SYNC, l.O_CREAT | l.O_EXCL | l.O_APPEND | l.O_SYNC],
    ];
    for (const [ours, theirs] of pairs) {
      assert.equal(l.openFlagsFor('arm64', ours), theirs);
      assert.equal(l.openFlagsFrom('arm64', theirs), ours);
    }
  });

  it('is its own inverse over all combinations of the four', () => {
    for (let bits = 0; bits < 16; bits++) {
      const flags = (bits << 14) | l.O_WRONLY;
      assert.equal(l.openFlagsFrom('arm64', l.openFlagsFor('arm64', flags)), flags);
    }
  });

  it('turns a mode into the type of a directory entry', () => {
    assert.equal(l.direntType(l.S_IFREG | 0o644), l.DT_REG);
    assert.equal(l.direntType(l.S_IFDIR | 0o7777), l.DT_DIR);
    assert.equal(l.direntType(l.S_IFLNK), l.DT_LNK);
    assert.equal(l.direntType(l.S_IFIFO), l.DT_FIFO);
    assert.equal(l.direntType(l.S_IFSOCK), l.DT_SOCK);
    assert.equal(l.direntType(l.S_IFCHR), l.DT_CHR);
    assert.equal(l.direntType(l.S_IFBLK), l.DT_BLK);
    assert.equal(l.direntType(0o644), l.DT_UNKNOWN);
  });
});
