/** Opening, making, renaming, linking and removing names. */
import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { os, SELF } from '../../native/index.js';
import * as L from '../../protocol/linux.js';
import { bytes, directory, fails, OUT, succeeds, text, u64, using, view } from './support/fixture.js';

describe('native: names and descriptors', () => {
  const place = directory();
  const at = (name: string) => `${place.path}/${name}`;
  const identity = (fd: number) => {
    succeeds(os.stat(fd, SELF, OUT));
    return view.getBigUint64(OUT, true);
  };
  const inode = (name: string) => lstatSync(at(name), { bigint: true }).ino;

  it('openRoot follows symlinks and takes directories only', () => {
    mkdirSync(at('root'));
    symlinkSync('root', at('root-link'));
    writeFileSync(at('root-file'), '');
    using(os.openRoot(text(at('root-link'))), (fd) => assert.equal(identity(fd), inode('root')));
    fails(os.openRoot(text(at('root-file'))), 'ENOTDIR');
    fails(os.openRoot(text(at('none'))), 'ENOENT');
  });

  it('openDirectory opens children only and follows nothing', () => {
    mkdirSync(at('child'));
    symlinkSync('child', at('child-link'));
    symlinkSync('/', at('absolute-link'));
    writeFileSync(at('plain'), '');
    using(os.openDirectory(place.fd, text('child')), (fd) => assert.equal(identity(fd), inode('child')));
    fails(os.openDirectory(place.fd, text('child-link')), 'ELOOP');
    fails(os.openDirectory(place.fd, text('absolute-link')), 'ELOOP');
    fails(os.openDirectory(place.fd, text('plain')), 'ENOTDIR');
    fails(os.openDirectory(place.fd, text('none')), 'ENOENT');
    fails(os.openDirectory(9999, text('child')), 'EBADF');
  });

  it('openObject takes every type without reading or waiting', () => {
    mkdirSync(at('types'));
    const dir = succeeds(os.openDirectory(place.fd, text('types')));
    succeeds(os.mknod(dir, text('file'), L.S_IFREG | 0o600));
    succeeds(os.mknod(dir, text('fifo'), L.S_IFIFO | 0o600));
    succeeds(os.mknod(dir, text('socket'), L.S_IFSOCK | 0o600));
    succeeds(os.mkdir(dir, text('directory'), 0o700));
    succeeds(os.symlink(text('nowhere'), dir, text('symlink')));
    const types = { file: L.S_IFREG, fifo: L.S_IFIFO, socket: L.S_IFSOCK, directory: L.S_IFDIR, symlink: L.S_IFLNK };
    for (const [name, type] of Object.entries(types)) {
      using(os.openObject(dir, text(name)), (fd) => {
        succeeds(os.stat(fd, SELF, OUT));
        assert.equal(view.getUint32(OUT + 60, true) & L.S_IFMT, type, name);
      });
    }
    os.close(dir);
  });

  it('openFile creates, refuses symlinks, and does not wait for the peer of a FIFO', () => {
    using(os.openFile(place.fd, text('made'), L.O_CREAT | L.O_EXCL | L.O_RDWR, 0o640), () => {});
    assert.equal(lstatSync(at('made')).mode & 0o777, 0o640 & ~process.umask());
    fails(os.openFile(place.fd, text('made'), L.O_CREAT | L.O_EXCL | L.O_RDWR, 0o640), 'EEXIST');
    symlinkSync('made', at('made-link'));
    fails(os.openFile(place.fd, text('made-link'), L.O_RDONLY, 0), 'ELOOP');
    fails(os.openFile(place.fd, text('made-link'), L.O_RDWR | L.O_CREAT, 0), 'ELOOP');
    succeeds(os.mknod(place.fd, text('fifo'), L.S_IFIFO | 0o600));
    using(os.openFile(place.fd, text('fifo'), L.O_RDONLY, 0), () => {});
    fails(os.openFile(place.fd, text('fifo'), L.O_WRONLY, 0), 'ENXIO');
    mkdirSync(at('opened'));
    using(os.openFile(place.fd, text('opened'), L.O_RDONLY | L.O_DIRECTORY, 0), () => {});
    fails(os.openFile(place.fd, text('opened'), L.O_WRONLY, 0), 'EISDIR');
  });

  it('descriptors are close-on-exec', () => {
    const opened = [
      os.openRoot(text(place.path)),
      os.openDirectory(place.fd, text('child')),
      os.openObject(place.fd, text('made')),
      os.openFile(place.fd, text('made'), L.O_RDONLY, 0),
      os.duplicate(place.fd),
      os.wakerCreate(),
    ];
    for (const fd of opened) {
      const [, flags] = /flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))!;
      assert.ok(Number.parseInt(flags, 8) & L.O_CLOEXEC);
      os.close(fd);
    }
  });

  it('reopen gives a new open file description of the same object, after a rename too', () => {
    writeFileSync(at('before'), 'content');
    using(os.openObject(place.fd, text('before')), (object) => {
      succeeds(os.rename(place.fd, text('before'), place.fd, text('after'), 0));
      writeFileSync(at('before'), 'another');
      using(os.reopen(object, L.O_RDWR), (fd) => {
        assert.equal(os.pread(fd, OUT, 100, u64(0)), 7);
        assert.equal(bytes.toString('latin1', OUT, OUT + 7), 'content');
      });
    });
    symlinkSync('after', at('link'));
    using(os.openObject(place.fd, text('link')), (object) => fails(os.reopen(object, L.O_RDONLY), 'ELOOP'));
    fails(os.reopen(9999, L.O_RDONLY), 'EBADF');
  });

  it('openTemporary makes a file without a name that link can name', () => {
    using(os.openTemporary(place.fd, L.O_RDWR, 0o600), (fd) => {
      assert.equal(os.pwrite(fd, text('abc'), 3, u64(0), 0), 3);
      succeeds(os.link(fd, place.fd, text('named')));
    });
    assert.equal(readFileSync(at('named'), 'utf8'), 'abc');
  });

  it('pathOf tells the present path, and ENOENT for what has none', () => {
    mkdirSync(at('here'));
    const fd = succeeds(os.openDirectory(place.fd, text('here')));
    const path = () => {
      const length = os.pathOf(fd, OUT, 4096);
      return length < 0 ? length : bytes.toString('utf8', OUT, OUT + length);
    };
    assert.equal(path(), at('here'));
    succeeds(os.rename(place.fd, text('here'), place.fd, text('there (deleted)'), 0));
    assert.equal(path(), at('there (deleted)'));
    fails(os.pathOf(fd, OUT, 3), 'ERANGE');
    succeeds(os.rmdir(place.fd, text('there (deleted)')));
    fails(os.pathOf(fd, OUT, 4096), 'ENOENT');
    os.close(fd);
    fails(os.pathOf(fd, OUT, 4096), 'EBADF');
  });

  it('raises the limit of descriptors', () => {
    const limit = succeeds(os.raiseDescriptorLimit());
    assert.match(readFileSync('/proc/self/limits', 'utf8'), new RegExp(`Max open files +${limit} `));
  });

  it('mknod refuses devices, directories and symlinks', () => {
    for (const type of [L.S_IFCHR, L.S_IFBLK, L.S_IFDIR, L.S_IFLNK, 0]) {
      fails(os.mknod(place.fd, text('device'), type | 0o600), 'EPERM');
    }
    assert.ok(!existsSync(at('device')));
    fails(os.mknod(place.fd, text('made'), L.S_IFREG | 0o600), 'EEXIST');
  });

  it('mkdir, rmdir and unlink say why not', () => {
    succeeds(os.mkdir(place.fd, text('full'), 0o755));
    writeFileSync(at('full/x'), '');
    fails(os.mkdir(place.fd, text('full'), 0o755), 'EEXIST');
    fails(os.rmdir(place.fd, text('full')), 'ENOTEMPTY');
    fails(os.unlink(place.fd, text('full')), 'EISDIR');
    fails(os.rmdir(place.fd, text('made')), 'ENOTDIR');
    fails(os.unlink(place.fd, text('none')), 'ENOENT');
  });

  it('symlink and readlink carry any content', () => {
    const content = Buffer.from([0x2e, 0x2e, 0x2f, 0xff, 0x01]);
    succeeds(os.symlink(text(content), place.fd, text('odd')));
    const length = succeeds(os.readlink(place.fd, text('odd'), OUT, 4096));
    assert.deepEqual(Buffer.from(bytes.subarray(OUT, OUT + length)), content);
    using(os.openObject(place.fd, text('odd')), (fd) => assert.equal(os.readlink(fd, SELF, OUT, 4096), 5));
    fails(os.readlink(place.fd, text('made'), OUT, 4096), 'EINVAL');
    using(os.openObject(place.fd, text('made')), (fd) => fails(os.readlink(fd, SELF, OUT, 4096), 'EINVAL'));
    fails(os.symlink(text('x'), place.fd, text('odd')), 'EEXIST');
    fails(os.symlink(text('y'.repeat(4096)), place.fd, text('long')), 'ENAMETOOLONG');
  });

  it('rename replaces, keeps, and exchanges', () => {
    writeFileSync(at('one'), '1');
    writeFileSync(at('two'), '2');
    fails(os.rename(place.fd, text('one'), place.fd, text('two'), L.RENAME_NOREPLACE), 'EEXIST');
    succeeds(os.rename(place.fd, text('one'), place.fd, text('two'), L.RENAME_EXCHANGE));
    assert.equal(readFileSync(at('one'), 'utf8'), '2');
    succeeds(os.rename(place.fd, text('one'), place.fd, text('two'), 0));
    assert.equal(readFileSync(at('two'), 'utf8'), '2');
    fails(os.rename(place.fd, text('two'), place.fd, text('one'), L.RENAME_WHITEOUT), 'EINVAL');
    fails(os.rename(place.fd, text('none'), place.fd, text('one'), 0), 'ENOENT');
    mkdirSync(at('outer'));
    mkdirSync(at('outer/inner'));
    using(os.openDirectory(place.fd, text('outer')), (outer) =>
      using(os.openDirectory(outer, text('inner')), (inner) =>
        fails(os.rename(place.fd, text('outer'), inner, text('x'), 0), 'EINVAL'),
      ),
    );
  });

  it('link names the object behind the descriptor, a symlink and a FIFO too', () => {
    writeFileSync(at('original'), 'x');
    for (const name of ['original', 'odd', 'fifo']) {
      using(os.openObject(place.fd, text(name)), (fd) => succeeds(os.link(fd, place.fd, text(`${name}-2`))));
      assert.equal(inode(`${name}-2`), inode(name));
    }
    assert.equal(readlinkSync(at('odd-2'), { encoding: 'buffer' }).length, 5);
    using(os.openObject(place.fd, text('original')), (fd) => {
      fails(os.link(fd, place.fd, text('original-2')), 'EEXIST');
      succeeds(os.rename(place.fd, text('original'), place.fd, text('moved'), 0));
      writeFileSync(at('original'), 'another');
      succeeds(os.link(fd, place.fd, text('original-3')));
      assert.equal(readFileSync(at('original-3'), 'utf8'), 'x');
    });
    using(os.openDirectory(place.fd, text('child')), (fd) => fails(os.link(fd, place.fd, text('x')), 'EPERM'));
  });

  it('a closed descriptor is EBADF', () => {
    const fd = succeeds(os.duplicate(place.fd));
    assert.equal(os.close(fd), 0);
    fails(os.close(fd), 'EBADF');
    fails(os.stat(fd, SELF, OUT), 'EBADF');
    fails(os.duplicate(fd), 'EBADF');
  });
});
