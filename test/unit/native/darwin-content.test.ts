import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { TIMES } from '../../../native/os.js';
import { Errno } from '../../../protocol/errno.js';
import * as Linux from '../../../protocol/linux.js';
import { onDarwin } from './darwin-on-linux.js';

const toEnd = 0x7fffffffffffffffn;

onDarwin('native/darwin on top of Linux: content', (t) => {
  describe('content', () => {
    it('reopens with other rights, truncates only what it has verified, keeps unlinked files reachable', () => {
      fs.writeFileSync(t.path('file'), 'content');
      const object = t.fd(t.os.openObject(t.root, 'file'));
      const writable = t.fd(t.os.addon.reopen(object, Linux.O_RDWR));
      assert.equal(t.os.write(writable, 'CON', 0n), 3);
      assert.equal(`${t.os.read(writable, 100)}`, 'CONtent');
      fs.unlinkSync(t.path('file'));
      fs.writeFileSync(t.path('file'), 'stranger');
      const again = t.os.addon.reopen(writable, Linux.O_RDWR | Linux.O_TRUNC);
      assert.equal(t.stat(t.fd(again), null).size, 0n);
      assert.equal(fs.readFileSync(t.path('file'), 'utf8'), 'stranger');
    });

    it('appends through a descriptor without O_APPEND where the end is, position or not', () => {
      fs.writeFileSync(t.path('file'), '1');
      const file = t.fd(t.os.openFile(t.root, 'file', Linux.O_RDWR));
      assert.equal(t.os.write(file, '2', 0n, 1), 1);
      fs.appendFileSync(t.path('file'), '3');
      assert.equal(t.os.write(file, '4', 0n, 1), 1);
      assert.equal(t.os.write(file, '0', 0n), 1);
      assert.equal(fs.readFileSync(t.path('file'), 'utf8'), '0234');
      const appending = t.fd(t.os.openFile(t.root, 'file', Linux.O_WRONLY | Linux.O_APPEND));
      assert.equal(t.os.write(appending, '5', 0n, 1), 1);
      assert.equal(fs.readFileSync(t.path('file'), 'utf8'), '02345');
    });

    it('finds data and holes', () => {
      const file = t.fd(t.os.openFile(t.root, 'file', Linux.O_RDWR | Linux.O_CREAT));
      assert.equal(t.os.write(file, 'x', 1n << 20n), 1);
      assert.equal(t.os.seek(file, 0n, Linux.SEEK_HOLE), 0n);
      assert.equal(t.os.seek(file, 0n, Linux.SEEK_DATA), 1n << 20n);
      assert.equal(t.os.seek(file, 2n << 20n, Linux.SEEK_DATA), -Errno.ENXIO);
    });

    it('refuses sizes and times that do not exist', () => {
      const file = t.fd(t.os.openFile(t.root, 'file', Linux.O_RDWR | Linux.O_CREAT));
      assert.equal(t.os.addon.truncate(file, t.os.words(1n << 63n)), -Errno.EFBIG);
      assert.equal(t.os.utimens(file, [0n, 1_000_000_000, TIMES.SET], [0n, 0, TIMES.OMIT]), -Errno.EINVAL);
      assert.equal(t.os.utimens(file, [0n, 0, 3], [0n, 0, TIMES.OMIT]), -Errno.EINVAL);
      assert.equal(t.os.utimens(file, [0n, 0, TIMES.NOW], [9n, 5, TIMES.SET]), 0);
      assert.deepEqual([t.stat(file, null).mtime, t.stat(file, null).mtimensec], [9n, 5]);
    });
  });

  describe('extended attributes', () => {
    it('by name below a directory and by descriptor, created, replaced, listed, removed', () => {
      fs.writeFileSync(t.path('file'), '');
      const file = t.fd(t.os.openFile(t.root, 'file', Linux.O_RDWR));
      assert.equal(t.os.setxattr(t.root, 'file', 'user.a', 'one', Linux.XATTR_CREATE), 0);
      assert.equal(t.os.setxattr(file, null, 'user.a', 'two', Linux.XATTR_CREATE), -Errno.EEXIST);
      assert.equal(t.os.setxattr(file, null, 'user.b', 'two', Linux.XATTR_REPLACE), -Errno.ENODATA);
      assert.equal(t.os.setxattr(file, null, 'user.a', 'three', Linux.XATTR_REPLACE), 0);
      assert.equal(t.os.getxattr(t.root, 'file', 'user.a'), 'three');
      assert.equal(t.os.getxattr(file, null, 'user.a', 0), 5);
      assert.equal(t.os.getxattr(file, null, 'user.a', 2), -Errno.ERANGE);
      assert.deepEqual(t.os.listxattr(t.root, 'file'), ['user.a']);
      assert.equal(t.os.addon.removexattr(t.root, t.os.put('file'), t.os.put('user.a', 4096)), 0);
      assert.deepEqual(t.os.listxattr(file, null), []);
    });

    it("never follows a symlink, and leaves the process's own directory alone", () => {
      fs.writeFileSync(t.path('file'), '');
      fs.symlinkSync('file', t.path('link'));
      const before = process.cwd();
      assert.equal(t.os.setxattr(t.root, 'link', 'trusted.a', 'x'), 0);
      assert.equal(t.os.getxattr(t.root, 'file', 'trusted.a'), -Errno.ENODATA);
      assert.equal(process.cwd(), before);
    });

    it('has no directory behind a number that is none', () => {
      const here = fs.readdirSync('.')[0];
      for (const none of [-1, -2, -100, 9999])
        assert.equal(t.os.getxattr(none, here, 'user.a'), -Errno.EBADF, `${none}`);
    });
  });

  describe('locks', () => {
    it('conflict between descriptions, to the byte, in the numbers of FUSE', () => {
      fs.writeFileSync(t.path('file'), 'content');
      const one = t.fd(t.os.openFile(t.root, 'file', Linux.O_RDWR));
      const two = t.fd(t.os.openFile(t.root, 'file', Linux.O_RDWR));
      assert.equal(t.os.lock('lockSet', one, 2n, 3n, Linux.F_WRLCK).result, 0);
      assert.equal(t.os.lock('lockSet', two, 3n, 9n, Linux.F_RDLCK).result, -Errno.EAGAIN);
      assert.equal(t.os.lock('lockSet', two, 4n, toEnd, Linux.F_RDLCK).result, 0);
      const expected = { result: 0, start: 2n, end: 3n, type: Linux.F_WRLCK, pid: 0 };
      assert.deepEqual(t.os.lock('lockTest', two, 0n, toEnd, Linux.F_RDLCK), expected);
      const reader = { result: 0, start: 4n, end: toEnd, type: Linux.F_RDLCK, pid: 0 };
      assert.deepEqual(t.os.lock('lockTest', one, 0n, toEnd, Linux.F_WRLCK), reader);
      assert.equal(t.os.lock('lockSet', one, 0n, toEnd, Linux.F_UNLCK).result, 0);
      assert.equal(t.os.lock('lockTest', two, 0n, 3n, Linux.F_WRLCK).type, Linux.F_UNLCK);
    });

    it('refuses ranges and types that do not exist', () => {
      const file = t.fd(t.os.openFile(t.root, 'file', Linux.O_RDWR | Linux.O_CREAT));
      assert.equal(t.os.lock('lockSet', file, 5n, 4n, Linux.F_WRLCK).result, -Errno.EINVAL);
      assert.equal(t.os.lock('lockSet', file, 0n, 1n << 63n, Linux.F_WRLCK).result, -Errno.EINVAL);
      assert.equal(t.os.lock('lockSet', file, 0n, 1n, 3).result, -Errno.EINVAL);
      assert.equal(t.os.lock('lockTest', file, 0n, 1n, Linux.F_UNLCK).result, -Errno.EINVAL);
    });

    it('flock never waits', () => {
      fs.writeFileSync(t.path('file'), '');
      const one = t.fd(t.os.openFile(t.root, 'file', Linux.O_RDWR));
      const two = t.fd(t.os.openFile(t.root, 'file', Linux.O_RDWR));
      assert.equal(t.os.addon.flock(one, Linux.LOCK_EX), 0);
      assert.equal(t.os.addon.flock(two, Linux.LOCK_SH), -Errno.EAGAIN);
      assert.equal(t.os.addon.flock(one, Linux.LOCK_UN), 0);
      assert.equal(t.os.addon.flock(two, Linux.LOCK_SH), 0);
    });
  });

  it('a waker is pending until it is drained, once', () => {
    const waker = t.fd(t.os.addon.wakerCreate());
    assert.equal(t.os.addon.wakerDrain(waker), 0);
    assert.equal(t.os.addon.wakerSignal(waker), 0);
    assert.equal(t.os.addon.wakerSignal(waker), 0);
    assert.equal(t.os.addon.wakerDrain(waker), 1);
    assert.equal(t.os.addon.wakerDrain(waker), 0);
  });
});
