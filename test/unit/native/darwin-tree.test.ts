import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { SELF, TIMES } from '../../../native/os.js';
import { Errno } from '../../../protocol/errno.js';
import * as Linux from '../../../protocol/linux.js';
import { onDarwin } from './darwin-on-linux.js';

onDarwin('native/darwin on top of Linux: names', (t) => {
  describe('objects that cannot be opened', () => {
    for (const [name, type] of [
      ['fifo', Linux.S_IFIFO],
      ['socket', Linux.S_IFSOCK],
    ] as const) {
      it(`a ${name} has attributes, which can be changed, by descriptor`, () => {
        assert.equal(t.os.addon.mknod(t.root, t.os.put(name), type | 0o640), 0);
        const object = t.fd(t.os.openObject(t.root, name));
        assert.equal(t.stat(object, null).mode, type | 0o640);
        assert.equal(t.os.addon.chmod(object, 0o604), 0);
        assert.equal(t.os.addon.chown(object, 1234, 0xffffffff), 0);
        assert.equal(t.os.utimens(object, [0n, 0, TIMES.OMIT], [-5n, 7, TIMES.SET]), 0);
        const now = t.stat(t.root, name);
        assert.deepEqual([now.mode, now.uid, now.gid], [type | 0o604, 1234, 0]);
        assert.deepEqual([BigInt.asIntN(64, now.mtime), now.mtimensec], [-5n, 7]);
        assert.equal(t.os.addon.access(object, SELF, 4), 0);
        assert.equal(t.os.text('pathOf', object), t.path(name));
        assert.equal(t.os.setxattr(object, null, 'trusted.osmofs', 'x'), 0);
        assert.equal(t.os.getxattr(t.root, name, 'trusted.osmofs'), 'x');
      });
    }

    it('opening a FIFO as an object neither waits nor looks like a reader', () => {
      t.os.addon.mknod(t.root, t.os.put('fifo'), Linux.S_IFIFO | 0o600);
      const object = t.fd(t.os.openObject(t.root, 'fifo'));
      assert.equal(t.os.openFile(t.root, 'fifo', Linux.O_WRONLY), -Errno.ENXIO);
      assert.ok(t.fd(t.os.addon.reopen(object, Linux.O_RDONLY)) > 0);
      assert.ok(t.fd(t.os.openFile(t.root, 'fifo', Linux.O_WRONLY)) > 0);
    });

    it('is no directory, and a socket cannot be reopened', () => {
      t.os.addon.mknod(t.root, t.os.put('socket'), Linux.S_IFSOCK | 0o600);
      const object = t.fd(t.os.openObject(t.root, 'socket'));
      assert.equal(t.os.stat(object, 'socket'), -Errno.ENOTDIR);
      assert.equal(t.os.openFile(object, 'socket', Linux.O_RDONLY), -Errno.ENOTDIR);
      assert.equal(t.os.addon.reopen(object, Linux.O_RDONLY), -Errno.ENXIO);
    });

    it('can be linked, by itself and by a duplicate after it is closed', () => {
      t.os.addon.mknod(t.root, t.os.put('fifo'), Linux.S_IFIFO | 0o600);
      const object = t.os.openObject(t.root, 'fifo');
      const twin = t.fd(t.os.addon.duplicate(object));
      assert.equal(t.os.addon.link(object, t.root, t.os.put('second')), 0);
      t.os.addon.close(object);
      assert.equal(t.os.addon.link(twin, t.root, t.os.put('third')), 0);
      assert.equal(t.stat(twin, null).nlink, 3);
    });

    it('shows what it was, and changes nothing, when its name leads elsewhere', () => {
      t.os.addon.mknod(t.root, t.os.put('fifo'), Linux.S_IFIFO | 0o600);
      const object = t.fd(t.os.openObject(t.root, 'fifo'));
      fs.renameSync(t.path('fifo'), t.path('moved'));
      t.os.addon.mknod(t.root, t.os.put('fifo'), Linux.S_IFIFO | 0o600);
      assert.deepEqual([t.stat(object, null).mode, t.stat(object, null).nlink], [Linux.S_IFIFO | 0o600, 0]);
      assert.equal(t.os.addon.chmod(object, 0o777), -Errno.ESTALE);
      assert.equal(t.stat(t.root, 'fifo').mode & 0o777, 0o600);
    });

    it('a closed stand-in is forgotten: its number means what is opened next', () => {
      t.os.addon.mknod(t.root, t.os.put('fifo'), Linux.S_IFIFO | 0o600);
      fs.writeFileSync(t.path('file'), 'content');
      const object = t.os.openObject(t.root, 'fifo');
      t.os.addon.close(object);
      for (const next of [t.fd(t.os.openObject(t.root, 'file')), t.fd(t.os.openObject(t.root, 'file'))]) {
        assert.equal(t.stat(next, null).size, 7n);
      }
    });
  });

  describe('names', () => {
    it('opens objects without following, and reads what a symlink says', () => {
      fs.symlinkSync('/nowhere/at/all', t.path('link'));
      const link = t.fd(t.os.openObject(t.root, 'link'));
      assert.equal(t.stat(link, null).mode & Linux.S_IFMT, Linux.S_IFLNK);
      assert.equal(t.os.text('readlink', link), '/nowhere/at/all');
      assert.equal(t.os.text('readlink', t.root, 'link'), '/nowhere/at/all');
      assert.equal(t.os.addon.reopen(link, Linux.O_RDONLY), -Errno.ELOOP);
      assert.equal(t.os.openFile(t.root, 'link', Linux.O_RDONLY), -Errno.ELOOP);
      assert.equal(t.os.openDirectory(t.root, 'link'), -Errno.ELOOP);
      assert.equal(t.os.addon.chmod(link, 0o600), -Errno.EOPNOTSUPP);
      assert.equal(t.os.addon.chown(link, 77, 78), 0);
      assert.equal(fs.lstatSync(t.path('link')).uid, 77);
    });

    it('opens directories as bases only', () => {
      fs.mkdirSync(t.path('sub'));
      fs.writeFileSync(t.path('sub', 'file'), '');
      fs.writeFileSync(t.path('file'), '');
      const sub = t.fd(t.os.openDirectory(t.root, 'sub'));
      assert.equal(t.stat(sub, 'file').size, 0n);
      assert.equal(t.os.openDirectory(t.root, 'file'), -Errno.ENOTDIR);
      assert.equal(t.os.openDirectory(t.root, 'missing'), -Errno.ENOENT);
    });

    it('makes sockets with names longer than an address holds, and leaves nothing else behind', () => {
      const name = 's'.repeat(200);
      assert.equal(t.os.addon.mknod(t.root, t.os.put(name), Linux.S_IFSOCK | 0o620), 0);
      assert.equal(t.stat(t.root, name).mode, Linux.S_IFSOCK | 0o620);
      assert.equal(t.os.addon.mknod(t.root, t.os.put(name), Linux.S_IFSOCK | 0o600), -Errno.EEXIST);
      assert.equal(t.os.addon.mknod(t.root, t.os.put('short'), Linux.S_IFSOCK | 0o600), 0);
      assert.equal(t.os.addon.mknod(t.root, t.os.put('short'), Linux.S_IFSOCK | 0o600), -Errno.EEXIST);
      assert.deepEqual(fs.readdirSync(t.place).sort(), ['short', name]);
    });

    it('says EEXIST for every type, EPERM for devices', () => {
      for (const type of [Linux.S_IFREG, Linux.S_IFIFO, Linux.S_IFSOCK]) {
        assert.equal(t.os.addon.mknod(t.root, t.os.put(`${type}`), type | 0o600), 0);
        assert.equal(t.os.addon.mknod(t.root, t.os.put(`${type}`), type | 0o600), -Errno.EEXIST);
      }
      assert.equal(t.os.addon.mknod(t.root, t.os.put('device'), Linux.S_IFCHR | 0o600), -Errno.EPERM);
    });

    it('says EISDIR where macOS says EPERM for unlinking a directory', () => {
      fs.mkdirSync(t.path('sub'));
      assert.equal(t.os.addon.unlink(t.root, t.os.put('sub')), -Errno.EISDIR);
      assert.equal(t.os.addon.rmdir(t.root, t.os.put('sub')), 0);
    });

    it('links the object, not what has taken its name', () => {
      fs.writeFileSync(t.path('file'), 'mine');
      const object = t.fd(t.os.openObject(t.root, 'file'));
      assert.equal(t.os.addon.link(object, t.root, t.os.put('second')), 0);
      assert.equal(fs.readFileSync(t.path('second'), 'utf8'), 'mine');
      fs.unlinkSync(t.path('file'));
      fs.unlinkSync(t.path('second'));
      fs.writeFileSync(t.path('file'), 'yours');
      assert.equal(t.os.addon.link(object, t.root, t.os.put('third')), -Errno.ENOENT);
      assert.ok(!fs.existsSync(t.path('third')));
    });

    it('tells the path of an object, ENOENT when it has none', () => {
      fs.mkdirSync(t.path('sub'));
      fs.writeFileSync(t.path('sub', 'file'), '');
      const file = t.fd(t.os.openObject(t.fd(t.os.openDirectory(t.root, 'sub')), 'file'));
      fs.renameSync(t.path('sub'), t.path('renamed'));
      assert.equal(t.os.text('pathOf', file), t.path('renamed', 'file'));
      fs.unlinkSync(t.path('renamed', 'file'));
      assert.equal(t.os.text('pathOf', file), -Errno.ENOENT);
    });

    it('swaps and refuses to replace', () => {
      fs.writeFileSync(t.path('a'), 'A');
      fs.writeFileSync(t.path('b'), 'B');
      const rename = (flags: number) => {
        t.os.put('a');
        return t.os.addon.rename(t.root, 0, t.root, t.os.put('b', 4096), flags);
      };
      assert.equal(rename(Linux.RENAME_NOREPLACE), -Errno.EEXIST);
      assert.equal(rename(Linux.RENAME_EXCHANGE), 0);
      assert.equal(fs.readFileSync(t.path('a'), 'utf8'), 'B');
      assert.equal(rename(0), 0);
      assert.deepEqual(fs.readdirSync(t.place), ['b']);
    });
  });
});
