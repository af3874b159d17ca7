/** Looking at objects and changing them: stat, modes, owners, times, sizes. */
import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, statfsSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { os, SELF, STAT, TIMES } from '../../native/index.js';
import * as structs from '../../protocol/fuse/structs.js';
import * as L from '../../protocol/linux.js';
import { readStruct } from '../../protocol/struct.js';
import { bytes, directory, fails, OUT, succeeds, text, u64, using, view } from './support/fixture.js';

describe('native: attributes', () => {
  const place = directory();
  const at = (name: string) => `${place.path}/${name}`;
  const attr = () => readStruct(structs.fuse_attr, view, OUT);
  /** Descriptors of one file: an object's, an open one. */
  function both(name: string, use: (fd: number) => void): void {
    using(os.openObject(place.fd, text(name)), use);
    using(os.openFile(place.fd, text(name), L.O_RDONLY, 0), use);
  }
  function times(atime: [number, bigint, number], mtime: [number, bigint, number]): number {
    const offset = u64(0, 0, 0, 0);
    for (const [base, [how, sec, nsec]] of [
      [offset + TIMES.atime, atime],
      [offset + TIMES.mtime, mtime],
    ] as const) {
      view.setBigInt64(base, sec, true);
      view.setUint32(base + 8, nsec, true);
      view.setUint32(base + 12, how, true);
    }
    return offset;
  }

  before(() => {
    writeFileSync(at('file'), 'x'.repeat(5000));
    mkdirSync(at('directory'));
    symlinkSync('file', at('symlink'));
    succeeds(os.mknod(place.fd, text('fifo'), L.S_IFIFO | 0o600));
  });

  for (const call of ['stat', 'statBirth'] as const) {
    it(`${call} tells what lstat tells, by name and by descriptor`, () => {
      for (const name of ['file', 'directory', 'symlink', 'fifo']) {
        const known = lstatSync(at(name), { bigint: true });
        using(os.openObject(place.fd, text(name)), (fd) => {
          for (const look of [() => os[call](place.fd, text(name), OUT), () => os[call](fd, SELF, OUT)]) {
            bytes.fill(0xee, OUT, OUT + STAT.size);
            assert.equal(look(), 0);
            const found = attr();
            assert.equal(found.ino, known.ino);
            assert.equal(found.size, known.size);
            assert.equal(found.blocks, known.blocks);
            assert.equal(found.mode, Number(known.mode));
            assert.equal(found.nlink, Number(known.nlink));
            assert.equal(found.uid, Number(known.uid));
            assert.equal(found.gid, Number(known.gid));
            assert.equal(found.blksize, Number(known.blksize));
            assert.equal(BigInt(found.mtime) * 1_000_000_000n + BigInt(found.mtimensec), known.mtimeNs);
            assert.equal(BigInt(found.atime) * 1_000_000_000n + BigInt(found.atimensec), known.atimeNs);
            assert.equal(BigInt(found.ctime) * 1_000_000_000n + BigInt(found.ctimensec), known.ctimeNs);
            assert.equal(found.flags, 0);
            assert.equal(view.getBigUint64(OUT + STAT.dev, true), known.dev);
            assert.equal(view.getBigUint64(OUT + STAT.reserved, true), 0n);
            if (call === 'statBirth' && view.getUint32(OUT + STAT.hasBtime, true) === 1) {
              const birth = view.getBigInt64(OUT + STAT.btime, true) * 1_000_000_000n;
              assert.equal(birth + BigInt(view.getUint32(OUT + STAT.btimeNsec, true)), known.birthtimeNs);
            }
          }
        });
      }
      fails(os[call](place.fd, text('none'), OUT), 'ENOENT');
      fails(os[call](9999, SELF, OUT), 'EBADF');
    });
  }

  it('stat encodes device numbers as the kernel does', () => {
    using(os.openRoot(text('/dev')), (dev) => {
      succeeds(os.stat(dev, text('null'), OUT));
      assert.equal(attr().rdev, (1 << 8) | 3);
    });
  });

  it('access asks with the effective ids', () => {
    assert.equal(os.access(place.fd, text('file'), L.R_OK), 0);
    assert.equal(os.access(place.fd, text('directory'), L.X_OK), 0);
    fails(os.access(place.fd, text('file'), L.X_OK), 'EACCES');
    fails(os.access(place.fd, text('none'), L.F_OK), 'ENOENT');
    // A symlink that leads nowhere is there all the same.
    symlinkSync('nowhere', at('dangling'));
    assert.equal(os.access(place.fd, text('dangling'), L.F_OK), 0);
    using(os.openObject(place.fd, text('file')), (fd) => {
      assert.equal(os.access(fd, SELF, L.R_OK | L.W_OK), 0);
      fails(os.access(fd, SELF, L.X_OK), 'EACCES');
    });
  });

  it('statfs tells what Node tells', () => {
    assert.equal(os.statfs(place.fd, OUT), 0);
    const found = readStruct(structs.fuse_kstatfs, view, OUT);
    const known = statfsSync(place.path, { bigint: true });
    assert.equal(found.blocks, known.blocks);
    assert.equal(found.files, known.files);
    assert.equal(found.bsize, Number(known.bsize));
    assert.equal(found.namelen, 255);
    assert.ok(found.frsize > 0);
  });

  it('chmod works on an object of any type but a symlink', () => {
    both('file', (fd) => {
      for (const mode of [0o4755, 0o600]) {
        assert.equal(os.chmod(fd, mode), 0);
        assert.equal(statSync(at('file')).mode & 0o7777, mode);
      }
    });
    for (const name of ['directory', 'fifo']) {
      using(os.openObject(place.fd, text(name)), (fd) => assert.equal(os.chmod(fd, 0o711), 0));
      assert.equal(lstatSync(at(name)).mode & 0o777, 0o711);
    }
    using(os.openObject(place.fd, text('symlink')), (fd) => fails(os.chmod(fd, 0o600), 'EOPNOTSUPP'));
    assert.equal(statSync(at('file')).mode & 0o777, 0o600);
  });

  it('chown changes the object itself and leaves an id of -1 alone', () => {
    const { uid, gid } = statSync(at('file'));
    for (const name of ['file', 'directory', 'symlink', 'fifo']) {
      using(os.openObject(place.fd, text(name)), (fd) => {
        assert.equal(os.chown(fd, 0xffffffff, 0xffffffff), 0);
        assert.equal(os.chown(fd, uid, 0xffffffff), 0);
        assert.equal(os.chown(fd, 0xffffffff, gid), 0);
      });
    }
    fails(os.chown(9999, 0, 0), 'EBADF');
  });

  it('utimens sets, takes now, and omits, to the nanosecond and before 1970', () => {
    both('file', (fd) => {
      assert.equal(os.utimens(fd, times([TIMES.SET, 1_000_000_007n, 123_456_789], [TIMES.SET, -5n, 999_999_999])), 0);
      let now = statSync(at('file'), { bigint: true });
      assert.equal(now.atimeNs, 1_000_000_007_123_456_789n);
      assert.equal(now.mtimeNs, -5_000_000_000n + 999_999_999n);
      const before = BigInt(Date.now()) * 1_000_000n - 1_000_000_000n;
      assert.equal(os.utimens(fd, times([TIMES.OMIT, 0n, 0], [TIMES.NOW, 0n, 0])), 0);
      now = statSync(at('file'), { bigint: true });
      assert.equal(now.atimeNs, 1_000_000_007_123_456_789n);
      assert.ok(now.mtimeNs > before);
    });
    fails(os.utimens(place.fd, times([TIMES.SET, 0n, 1_000_000_000], [TIMES.OMIT, 0n, 0])), 'EINVAL');
  });

  it('utimens of a symlink, a FIFO and a directory changes those and nothing else', () => {
    const untouched = statSync(at('file'), { bigint: true }).mtimeNs;
    for (const name of ['symlink', 'fifo', 'directory']) {
      using(os.openObject(place.fd, text(name)), (fd) =>
        assert.equal(os.utimens(fd, times([TIMES.SET, 1n, 1], [TIMES.SET, 2n, 2])), 0),
      );
      assert.equal(lstatSync(at(name), { bigint: true }).mtimeNs, 2_000_000_002n);
    }
    assert.equal(statSync(at('file'), { bigint: true }).mtimeNs, untouched);
  });

  it('truncate shortens and lengthens an open file, beyond 4 GiB', () => {
    using(os.openFile(place.fd, text('sized'), L.O_CREAT | L.O_RDWR, 0o600), (fd) => {
      assert.equal(os.truncate(fd, u64(5_000_000_001n)), 0);
      assert.equal(statSync(at('sized')).size, 5_000_000_001);
      assert.equal(os.truncate(fd, u64(3)), 0);
      assert.equal(statSync(at('sized')).size, 3);
      fails(os.truncate(fd, u64(1n << 63n)), 'EFBIG');
    });
    using(os.openFile(place.fd, text('sized'), L.O_RDONLY, 0), (fd) => fails(os.truncate(fd, u64(0)), 'EINVAL'));
  });

  it('seek finds data and holes', () => {
    using(os.openFile(place.fd, text('sparse'), L.O_CREAT | L.O_RDWR, 0o600), (fd) => {
      assert.equal(os.pwrite(fd, text('data'), 4, u64(1 << 20), 0), 4);
      const seek = (offset: number, whence: number) => {
        const where = u64(offset);
        const result = os.seek(fd, where, whence);
        return result < 0 ? result : Number(view.getBigInt64(where, true));
      };
      assert.equal(seek(0, L.SEEK_DATA), 1 << 20);
      assert.equal(seek(0, L.SEEK_HOLE), 0);
      assert.equal(seek(1 << 20, L.SEEK_HOLE), (1 << 20) + 4);
      assert.equal(seek(-4, L.SEEK_END), 1 << 20);
      fails(seek(1 << 22, L.SEEK_DATA), 'ENXIO');
      fails(seek(0, 99), 'EINVAL');
    });
  });

  it('pread and pwrite move bytes at any position', () => {
    using(os.openFile(place.fd, text('moved'), L.O_CREAT | L.O_RDWR, 0o600), (fd) => {
      assert.equal(os.pwrite(fd, text('hello'), 5, u64(5_000_000_000n), 0), 5);
      assert.equal(os.pread(fd, OUT, 100, u64(4_999_999_998n)), 7);
      assert.equal(bytes.toString('latin1', OUT, OUT + 7), '\0\0hello');
      assert.equal(os.pread(fd, OUT, 100, u64(5_000_000_005n)), 0);
      assert.equal(os.pwrite(fd, text(''), 0, u64(0), 0), 0);
      fails(os.pread(fd, OUT, 1, u64(1n << 63n)), 'EINVAL');
    });
    fails(os.pread(place.fd, OUT, 1, u64(0)), 'EBADF');
  });

  it('an appending pwrite goes to the end that the host sees now', () => {
    using(os.openFile(place.fd, text('log'), L.O_CREAT | L.O_RDWR, 0o600), (fd) => {
      assert.equal(os.pwrite(fd, text('one,'), 4, u64(0), 1), 4);
      writeFileSync(at('log'), 'two,', { flag: 'a' });
      assert.equal(os.pwrite(fd, text('three'), 5, u64(0), 1), 5);
      assert.equal(os.pread(fd, OUT, 100, u64(0)), 13);
      assert.equal(bytes.toString('latin1', OUT, OUT + 13), 'one,two,three');
    });
  });
});
