import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SELF, TIMES } from '../../../native/os.js';
import { platform } from '../../../native/platform.js';
import { Errno } from '../../../protocol/errno.js';
import * as Linux from '../../../protocol/linux.js';
import { Darwin, type Stat } from './darwin-on-linux.js';

const toEnd = 0x7fffffffffffffffn;

// On a Mac the real thing is tested by the suites for every system.
if (platform === 'linux') {
  describe('native/darwin on top of Linux', function () {
    this.timeout(180_000);
    let os: Darwin;
    let place: string;
    let root: number;
    const opened: number[] = [];

    /** Notes a descriptor to be closed; fails on -errno. */
    const fd = (result: number) => {
      assert.ok(result >= 0, `-${-result}`);
      opened.push(result);
      return result;
    };
    const stat = (descriptor: number, name: string | null): Stat => {
      const result = os.stat(descriptor, name);
      assert.ok(typeof result !== 'number', `stat: ${result}`);
      return result as Stat;
    };
    const path = (...names: string[]) => join(place, ...names);

    before(async () => {
      os = await Darwin.load();
    });
    beforeEach(() => {
      place = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'osmofs-darwin-')));
      root = fd(os.openRoot(place));
    });
    afterEach(() => {
      for (const one of opened.splice(0)) os.addon.close(one);
      fs.rmSync(place, { recursive: true });
    });

    describe('directories', () => {
      const fill = (count: number) => {
        for (let i = 0; i < count; i++) fs.writeFileSync(path(`file-${i}`), '');
      };
      const listing = () => fd(os.openFile(root, '.', Linux.O_RDONLY | Linux.O_DIRECTORY));
      const names = (entries: { name: string }[]) => entries.map(({ name }) => name).sort();

      it('lists every entry once with ".", "..", inode and type, whatever the room', () => {
        fill(1500);
        fs.mkdirSync(path('sub'));
        fs.symlinkSync('sub', path('link'));
        os.addon.mknod(root, os.put('fifo'), Linux.S_IFIFO | 0o600);
        os.addon.mknod(root, os.put('socket'), Linux.S_IFSOCK | 0o600);
        const expected = ['.', '..', ...fs.readdirSync(place)].sort();
        for (const capacity of [64, 100, 4096, 65536, 1 << 20]) {
          assert.deepEqual(names(os.list(listing(), 0n, capacity)), expected, `${capacity}`);
        }
        const types = new Map(os.list(listing()).map(({ name, type }) => [name, type]));
        assert.equal(types.get('.'), Linux.DT_DIR);
        assert.equal(types.get('sub'), Linux.DT_DIR);
        assert.equal(types.get('link'), Linux.DT_LNK);
        assert.equal(types.get('fifo'), Linux.DT_FIFO);
        assert.equal(types.get('socket'), Linux.DT_SOCK);
        assert.equal(types.get('file-7'), Linux.DT_REG);
        for (const { name, ino } of os.list(listing()).slice(2)) assert.equal(ino, stat(root, name).ino);
      });

      it('goes on from any cookie it has given, backwards too', () => {
        fill(700);
        const from = listing();
        const all = os.list(from);
        for (const at of [0, 1, 2, 3, 350, 699, 701, 5, 120]) {
          assert.deepEqual(os.list(from, all[at].off, 4096), all.slice(at + 1));
        }
      });

      it('shows what is left exactly once while entries are removed behind and before the reader', () => {
        fill(900);
        const from = listing();
        const first = os.readDirectory(from, 0n, 16384);
        assert.ok(Array.isArray(first));
        for (const { name } of first.slice(2)) fs.unlinkSync(path(name));
        const rest = os.list(from, first.at(-1)!.off, 2048);
        assert.deepEqual(
          names([...first, ...rest]),
          names(Array.from({ length: 900 }, (_, i) => ({ name: `file-${i}` })).concat([{ name: '.' }, { name: '..' }])),
        );
        assert.deepEqual(os.list(from, first[3].off), [...first.slice(4), ...rest]);
      });

      it('sees the directory as it is then when it is rewound', () => {
        fill(3);
        const from = listing();
        assert.equal(os.list(from).length, 5);
        fs.unlinkSync(path('file-1'));
        fs.writeFileSync(path('new'), '');
        assert.deepEqual(names(os.list(from)), ['.', '..', 'file-0', 'file-2', 'new']);
      });

      it('says EINVAL where not even one entry fits, and 0 behind the end', () => {
        fill(1);
        const from = listing();
        assert.equal(os.readDirectory(from, 0n, 31), -Errno.EINVAL);
        assert.equal((os.readDirectory(from, 0n, 32) as unknown[]).length, 1);
        for (const cookie of [3n, 4n, 1n << 40n, (1n << 64n) - 1n])
          assert.deepEqual(os.readDirectory(from, cookie), []);
      });

      it('keeps descriptors apart, and a new one apart from a closed one of the same number', () => {
        fill(40);
        fs.mkdirSync(path('other'));
        fs.writeFileSync(path('other', 'only'), '');
        const one = os.addon.openFile(root, os.put('.'), Linux.O_RDONLY | Linux.O_DIRECTORY, 0);
        const cookie = os.list(one, 0n, 256)[3].off;
        os.addon.close(one);
        const other = fd(os.openFile(root, 'other', Linux.O_RDONLY | Linux.O_DIRECTORY));
        assert.equal(other, one, 'this machine gives the lowest free number');
        assert.deepEqual(names(os.list(other)), ['.', '..', 'only']);
        assert.deepEqual(os.list(other, cookie), []);
      });

      it('reads on after somebody else moved the descriptor', () => {
        fill(200);
        const from = listing();
        const first = os.readDirectory(from, 0n, 1024);
        assert.ok(Array.isArray(first));
        os.seek(from, 0n, Linux.SEEK_SET);
        assert.equal(first.length + os.list(from, first.at(-1)!.off).length, 202);
      });

      it('needs a descriptor open for reading, of a directory', () => {
        fill(1);
        assert.equal(os.readDirectory(fd(os.openFile(root, 'file-0', Linux.O_RDONLY)), 0n), -Errno.ENOTDIR);
        os.addon.mknod(root, os.put('fifo'), Linux.S_IFIFO | 0o600);
        assert.ok((os.readDirectory(fd(os.openObject(root, 'fifo')), 0n) as number) < 0);
      });
    });

    describe('objects that cannot be opened', () => {
      for (const [name, type] of [
        ['fifo', Linux.S_IFIFO],
        ['socket', Linux.S_IFSOCK],
      ] as const) {
        it(`a ${name} has attributes, which can be changed, by descriptor`, () => {
          assert.equal(os.addon.mknod(root, os.put(name), type | 0o640), 0);
          const object = fd(os.openObject(root, name));
          assert.equal(stat(object, null).mode, type | 0o640);
          assert.equal(os.addon.chmod(object, 0o604), 0);
          assert.equal(os.addon.chown(object, 1234, 0xffffffff), 0);
          assert.equal(os.utimens(object, [0n, 0, TIMES.OMIT], [-5n, 7, TIMES.SET]), 0);
          const now = stat(root, name);
          assert.deepEqual([now.mode, now.uid, now.gid], [type | 0o604, 1234, 0]);
          assert.deepEqual([BigInt.asIntN(64, now.mtime), now.mtimensec], [-5n, 7]);
          assert.equal(os.addon.access(object, SELF, 4), 0);
          assert.equal(os.text('pathOf', object), path(name));
          assert.equal(os.setxattr(object, null, 'trusted.osmofs', 'x'), 0);
          assert.equal(os.getxattr(root, name, 'trusted.osmofs'), 'x');
        });
      }

      it('opening a FIFO as an object neither waits nor looks like a reader', () => {
        os.addon.mknod(root, os.put('fifo'), Linux.S_IFIFO | 0o600);
        const object = fd(os.openObject(root, 'fifo'));
        assert.equal(os.openFile(root, 'fifo', Linux.O_WRONLY), -Errno.ENXIO);
        assert.ok(fd(os.addon.reopen(object, Linux.O_RDONLY)) > 0);
        assert.ok(fd(os.openFile(root, 'fifo', Linux.O_WRONLY)) > 0);
      });

      it('is no directory, and a socket cannot be reopened', () => {
        os.addon.mknod(root, os.put('socket'), Linux.S_IFSOCK | 0o600);
        const object = fd(os.openObject(root, 'socket'));
        assert.equal(os.stat(object, 'socket'), -Errno.ENOTDIR);
        assert.equal(os.openFile(object, 'socket', Linux.O_RDONLY), -Errno.ENOTDIR);
        assert.equal(os.addon.reopen(object, Linux.O_RDONLY), -Errno.ENXIO);
      });

      it('can be linked, by itself and by a duplicate after it is closed', () => {
        os.addon.mknod(root, os.put('fifo'), Linux.S_IFIFO | 0o600);
        const object = os.openObject(root, 'fifo');
        const twin = fd(os.addon.duplicate(object));
        assert.equal(os.addon.link(object, root, os.put('second')), 0);
        os.addon.close(object);
        assert.equal(os.addon.link(twin, root, os.put('third')), 0);
        assert.equal(stat(twin, null).nlink, 3);
      });

      it('shows what it was, and changes nothing, when its name leads elsewhere', () => {
        os.addon.mknod(root, os.put('fifo'), Linux.S_IFIFO | 0o600);
        const object = fd(os.openObject(root, 'fifo'));
        fs.renameSync(path('fifo'), path('moved'));
        os.addon.mknod(root, os.put('fifo'), Linux.S_IFIFO | 0o600);
        assert.deepEqual([stat(object, null).mode, stat(object, null).nlink], [Linux.S_IFIFO | 0o600, 0]);
        assert.equal(os.addon.chmod(object, 0o777), -Errno.ESTALE);
        assert.equal(stat(root, 'fifo').mode & 0o777, 0o600);
      });

      it('a closed stand-in is forgotten: its number means what is opened next', () => {
        os.addon.mknod(root, os.put('fifo'), Linux.S_IFIFO | 0o600);
        fs.writeFileSync(path('file'), 'content');
        const object = os.openObject(root, 'fifo');
        os.addon.close(object);
        for (const next of [fd(os.openObject(root, 'file')), fd(os.openObject(root, 'file'))]) {
          assert.equal(stat(next, null).size, 7n);
        }
      });
    });

    describe('names', () => {
      it('opens objects without following, and reads what a symlink says', () => {
        fs.symlinkSync('/nowhere/at/all', path('link'));
        const link = fd(os.openObject(root, 'link'));
        assert.equal(stat(link, null).mode & Linux.S_IFMT, Linux.S_IFLNK);
        assert.equal(os.text('readlink', link), '/nowhere/at/all');
        assert.equal(os.text('readlink', root, 'link'), '/nowhere/at/all');
        assert.equal(os.addon.reopen(link, Linux.O_RDONLY), -Errno.ELOOP);
        assert.equal(os.openFile(root, 'link', Linux.O_RDONLY), -Errno.ELOOP);
        assert.equal(os.openDirectory(root, 'link'), -Errno.ELOOP);
        assert.equal(os.addon.chmod(link, 0o600), -Errno.EOPNOTSUPP);
        assert.equal(os.addon.chown(link, 77, 78), 0);
        assert.equal(fs.lstatSync(path('link')).uid, 77);
      });

      it('opens directories as bases only', () => {
        fs.mkdirSync(path('sub'));
        fs.writeFileSync(path('sub', 'file'), '');
        fs.writeFileSync(path('file'), '');
        const sub = fd(os.openDirectory(root, 'sub'));
        assert.equal(stat(sub, 'file').size, 0n);
        assert.equal(os.openDirectory(root, 'file'), -Errno.ENOTDIR);
        assert.equal(os.openDirectory(root, 'missing'), -Errno.ENOENT);
      });

      it('makes sockets with names longer than an address holds, and leaves nothing else behind', () => {
        const name = 's'.repeat(200);
        assert.equal(os.addon.mknod(root, os.put(name), Linux.S_IFSOCK | 0o620), 0);
        assert.equal(stat(root, name).mode, Linux.S_IFSOCK | 0o620);
        assert.equal(os.addon.mknod(root, os.put(name), Linux.S_IFSOCK | 0o600), -Errno.EEXIST);
        assert.equal(os.addon.mknod(root, os.put('short'), Linux.S_IFSOCK | 0o600), 0);
        assert.equal(os.addon.mknod(root, os.put('short'), Linux.S_IFSOCK | 0o600), -Errno.EEXIST);
        assert.deepEqual(fs.readdirSync(place).sort(), ['short', name]);
      });

      it('says EEXIST for every type, EPERM for devices', () => {
        for (const type of [Linux.S_IFREG, Linux.S_IFIFO, Linux.S_IFSOCK]) {
          assert.equal(os.addon.mknod(root, os.put(`${type}`), type | 0o600), 0);
          assert.equal(os.addon.mknod(root, os.put(`${type}`), type | 0o600), -Errno.EEXIST);
        }
        assert.equal(os.addon.mknod(root, os.put('device'), Linux.S_IFCHR | 0o600), -Errno.EPERM);
      });

      it('says EISDIR where macOS says EPERM for unlinking a directory', () => {
        fs.mkdirSync(path('sub'));
        assert.equal(os.addon.unlink(root, os.put('sub')), -Errno.EISDIR);
        assert.equal(os.addon.rmdir(root, os.put('sub')), 0);
      });

      it('links the object, not what has taken its name', () => {
        fs.writeFileSync(path('file'), 'mine');
        const object = fd(os.openObject(root, 'file'));
        assert.equal(os.addon.link(object, root, os.put('second')), 0);
        assert.equal(fs.readFileSync(path('second'), 'utf8'), 'mine');
        fs.unlinkSync(path('file'));
        fs.unlinkSync(path('second'));
        fs.writeFileSync(path('file'), 'yours');
        assert.equal(os.addon.link(object, root, os.put('third')), -Errno.ENOENT);
        assert.ok(!fs.existsSync(path('third')));
      });

      it('tells the path of an object, ENOENT when it has none', () => {
        fs.mkdirSync(path('sub'));
        fs.writeFileSync(path('sub', 'file'), '');
        const file = fd(os.openObject(fd(os.openDirectory(root, 'sub')), 'file'));
        fs.renameSync(path('sub'), path('renamed'));
        assert.equal(os.text('pathOf', file), path('renamed', 'file'));
        fs.unlinkSync(path('renamed', 'file'));
        assert.equal(os.text('pathOf', file), -Errno.ENOENT);
      });

      it('swaps and refuses to replace', () => {
        fs.writeFileSync(path('a'), 'A');
        fs.writeFileSync(path('b'), 'B');
        const rename = (flags: number) => {
          os.put('a');
          return os.addon.rename(root, 0, root, os.put('b', 4096), flags);
        };
        assert.equal(rename(Linux.RENAME_NOREPLACE), -Errno.EEXIST);
        assert.equal(rename(Linux.RENAME_EXCHANGE), 0);
        assert.equal(fs.readFileSync(path('a'), 'utf8'), 'B');
        assert.equal(rename(0), 0);
        assert.deepEqual(fs.readdirSync(place), ['b']);
      });
    });

    describe('content', () => {
      it('reopens with other rights, truncates only what it has verified, keeps unlinked files reachable', () => {
        fs.writeFileSync(path('file'), 'content');
        const object = fd(os.openObject(root, 'file'));
        const writable = fd(os.addon.reopen(object, Linux.O_RDWR));
        assert.equal(os.write(writable, 'CON', 0n), 3);
        assert.equal(`${os.read(writable, 100)}`, 'CONtent');
        fs.unlinkSync(path('file'));
        fs.writeFileSync(path('file'), 'stranger');
        const again = os.addon.reopen(writable, Linux.O_RDWR | Linux.O_TRUNC);
        assert.equal(stat(fd(again), null).size, 0n);
        assert.equal(fs.readFileSync(path('file'), 'utf8'), 'stranger');
      });

      it('appends through a descriptor without O_APPEND where the end is, position or not', () => {
        fs.writeFileSync(path('file'), '1');
        const file = fd(os.openFile(root, 'file', Linux.O_RDWR));
        assert.equal(os.write(file, '2', 0n, 1), 1);
        fs.appendFileSync(path('file'), '3');
        assert.equal(os.write(file, '4', 0n, 1), 1);
        assert.equal(os.write(file, '0', 0n), 1);
        assert.equal(fs.readFileSync(path('file'), 'utf8'), '0234');
        const appending = fd(os.openFile(root, 'file', Linux.O_WRONLY | Linux.O_APPEND));
        assert.equal(os.write(appending, '5', 0n, 1), 1);
        assert.equal(fs.readFileSync(path('file'), 'utf8'), '02345');
      });

      it('finds data and holes', () => {
        const file = fd(os.openFile(root, 'file', Linux.O_RDWR | Linux.O_CREAT));
        assert.equal(os.write(file, 'x', 1n << 20n), 1);
        assert.equal(os.seek(file, 0n, Linux.SEEK_HOLE), 0n);
        assert.equal(os.seek(file, 0n, Linux.SEEK_DATA), 1n << 20n);
        assert.equal(os.seek(file, 2n << 20n, Linux.SEEK_DATA), -Errno.ENXIO);
      });

      it('refuses sizes and times that do not exist', () => {
        const file = fd(os.openFile(root, 'file', Linux.O_RDWR | Linux.O_CREAT));
        assert.equal(os.addon.truncate(file, os.words(1n << 63n)), -Errno.EFBIG);
        assert.equal(os.utimens(file, [0n, 1_000_000_000, TIMES.SET], [0n, 0, TIMES.OMIT]), -Errno.EINVAL);
        assert.equal(os.utimens(file, [0n, 0, 3], [0n, 0, TIMES.OMIT]), -Errno.EINVAL);
        assert.equal(os.utimens(file, [0n, 0, TIMES.NOW], [9n, 5, TIMES.SET]), 0);
        assert.deepEqual([stat(file, null).mtime, stat(file, null).mtimensec], [9n, 5]);
      });
    });

    describe('extended attributes', () => {
      it('by name below a directory and by descriptor, created, replaced, listed, removed', () => {
        fs.writeFileSync(path('file'), '');
        const file = fd(os.openFile(root, 'file', Linux.O_RDWR));
        assert.equal(os.setxattr(root, 'file', 'user.a', 'one', Linux.XATTR_CREATE), 0);
        assert.equal(os.setxattr(file, null, 'user.a', 'two', Linux.XATTR_CREATE), -Errno.EEXIST);
        assert.equal(os.setxattr(file, null, 'user.b', 'two', Linux.XATTR_REPLACE), -Errno.ENODATA);
        assert.equal(os.setxattr(file, null, 'user.a', 'three', Linux.XATTR_REPLACE), 0);
        assert.equal(os.getxattr(root, 'file', 'user.a'), 'three');
        assert.equal(os.getxattr(file, null, 'user.a', 0), 5);
        assert.equal(os.getxattr(file, null, 'user.a', 2), -Errno.ERANGE);
        assert.deepEqual(os.listxattr(root, 'file'), ['user.a']);
        assert.equal(os.addon.removexattr(root, os.put('file'), os.put('user.a', 4096)), 0);
        assert.deepEqual(os.listxattr(file, null), []);
      });

      it("never follows a symlink, and leaves the process's own directory alone", () => {
        fs.writeFileSync(path('file'), '');
        fs.symlinkSync('file', path('link'));
        const before = process.cwd();
        assert.equal(os.setxattr(root, 'link', 'trusted.a', 'x'), 0);
        assert.equal(os.getxattr(root, 'file', 'trusted.a'), -Errno.ENODATA);
        assert.equal(process.cwd(), before);
      });

      it('has no directory behind a number that is none', () => {
        const here = fs.readdirSync('.')[0];
        for (const none of [-1, -2, -100, 9999])
          assert.equal(os.getxattr(none, here, 'user.a'), -Errno.EBADF, `${none}`);
      });
    });

    describe('locks', () => {
      it('conflict between descriptions, to the byte, in the numbers of FUSE', () => {
        fs.writeFileSync(path('file'), 'content');
        const one = fd(os.openFile(root, 'file', Linux.O_RDWR));
        const two = fd(os.openFile(root, 'file', Linux.O_RDWR));
        assert.equal(os.lock('lockSet', one, 2n, 3n, Linux.F_WRLCK).result, 0);
        assert.equal(os.lock('lockSet', two, 3n, 9n, Linux.F_RDLCK).result, -Errno.EAGAIN);
        assert.equal(os.lock('lockSet', two, 4n, toEnd, Linux.F_RDLCK).result, 0);
        const expected = { result: 0, start: 2n, end: 3n, type: Linux.F_WRLCK, pid: 0 };
        assert.deepEqual(os.lock('lockTest', two, 0n, toEnd, Linux.F_RDLCK), expected);
        const reader = { result: 0, start: 4n, end: toEnd, type: Linux.F_RDLCK, pid: 0 };
        assert.deepEqual(os.lock('lockTest', one, 0n, toEnd, Linux.F_WRLCK), reader);
        assert.equal(os.lock('lockSet', one, 0n, toEnd, Linux.F_UNLCK).result, 0);
        assert.equal(os.lock('lockTest', two, 0n, 3n, Linux.F_WRLCK).type, Linux.F_UNLCK);
      });

      it('refuses ranges and types that do not exist', () => {
        const file = fd(os.openFile(root, 'file', Linux.O_RDWR | Linux.O_CREAT));
        assert.equal(os.lock('lockSet', file, 5n, 4n, Linux.F_WRLCK).result, -Errno.EINVAL);
        assert.equal(os.lock('lockSet', file, 0n, 1n << 63n, Linux.F_WRLCK).result, -Errno.EINVAL);
        assert.equal(os.lock('lockSet', file, 0n, 1n, 3).result, -Errno.EINVAL);
        assert.equal(os.lock('lockTest', file, 0n, 1n, Linux.F_UNLCK).result, -Errno.EINVAL);
      });

      it('flock never waits', () => {
        fs.writeFileSync(path('file'), '');
        const one = fd(os.openFile(root, 'file', Linux.O_RDWR));
        const two = fd(os.openFile(root, 'file', Linux.O_RDWR));
        assert.equal(os.addon.flock(one, Linux.LOCK_EX), 0);
        assert.equal(os.addon.flock(two, Linux.LOCK_SH), -Errno.EAGAIN);
        assert.equal(os.addon.flock(one, Linux.LOCK_UN), 0);
        assert.equal(os.addon.flock(two, Linux.LOCK_SH), 0);
      });
    });

    it('a waker is pending until it is drained, once', () => {
      const waker = fd(os.addon.wakerCreate());
      assert.equal(os.addon.wakerDrain(waker), 0);
      assert.equal(os.addon.wakerSignal(waker), 0);
      assert.equal(os.addon.wakerSignal(waker), 0);
      assert.equal(os.addon.wakerDrain(waker), 1);
      assert.equal(os.addon.wakerDrain(waker), 0);
    });
  });
}
