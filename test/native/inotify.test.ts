/** inotify(7) behind the seam: each kind of event against the operation that causes it, loss, ends, wrong arguments. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { constants } from 'node:fs';
import { IN, os, readInotify } from '../../native/index.js';
import { INOTIFY_HEADER } from '../../native/os-watch.js';
import { limitFixed, withLimit } from '../support/inotify-limits.js';
import { directory, fails, socketPair, succeeds, text, using } from './support/fixture.js';
import { ALL, drain, type Instance, instance, words } from './support/inotify.js';

describe('native: inotify', () => {
  if (os.platform !== 'linux') {
    it('is ENOSYS', () => fails(os.inotifyCreate(), 'ENOSYS'));
    return;
  }
  const place = directory();
  let path: string;
  let fd: number;
  let own: Instance;
  let inotify: number;
  let watch: number;
  let count = 0;
  beforeEach(() => {
    path = `${place.path}/${++count}`;
    fs.mkdirSync(path);
    fd = succeeds(os.openRoot(text(path)));
    own = instance();
    inotify = own.inotify;
    watch = succeeds(os.inotifyAdd(inotify, fd, ALL | IN.ONLYDIR | IN.EXCL_UNLINK));
  });
  afterEach(() => {
    own.close();
    os.close(fd);
  });

  const read = () => drain(own.queue);
  /** What `change` causes, in words. */
  function caused(change: () => void): string[] {
    read();
    change();
    const events = read();
    for (const each of events) assert.ok(each.watch === watch || (each.mask & IN.Q_OVERFLOW) !== 0);
    return events.map(words);
  }
  const file = (name = 'file') => `${path}/${name}`;
  const made = (name = 'file') => {
    fs.writeFileSync(file(name), 'old');
    return file(name);
  };

  const changes: [what: string, prepare: () => void, change: () => void, events: string[]][] = [
    ['making a file', () => {}, () => fs.closeSync(fs.openSync(file(), 'w')), ['CREATE file', 'CLOSE_WRITE file']],
    ['writing', made, () => fs.appendFileSync(file(), 'x'), ['MODIFY file', 'CLOSE_WRITE file']],
    ['truncating', made, () => fs.truncateSync(file(), 1), ['MODIFY file', 'CLOSE_WRITE file']],
    ['chmod', made, () => fs.chmodSync(file(), 0o600), ['ATTRIB file']],
    ['times', made, () => fs.utimesSync(file(), 1, 2), ['ATTRIB file']],
    ['mkdir', () => {}, () => fs.mkdirSync(file('d')), ['CREATE|ISDIR d']],
    ['symlink', () => {}, () => fs.symlinkSync('x', file('s')), ['CREATE s']],
    ['link', made, () => fs.linkSync(file(), file('l')), ['CREATE l']],
    ['unlink', made, () => fs.unlinkSync(file()), ['DELETE file']],
    ['rmdir', () => fs.mkdirSync(file('d')), () => fs.rmdirSync(file('d')), ['DELETE|ISDIR d']],
    ['chmod of itself', () => {}, () => fs.chmodSync(path, 0o700), ['ATTRIB|ISDIR']],
    [
      'moving in',
      () => fs.writeFileSync(`${place.path}/in`, ''),
      () => fs.renameSync(`${place.path}/in`, file()),
      ['MOVED_TO file'],
    ],
    ['moving out', made, () => fs.renameSync(file(), `${place.path}/out`), ['MOVED_FROM file']],
  ];
  for (const [what, prepare, change, events] of changes) {
    it(`${what} is ${events.join(', ')}`, () => {
      prepare();
      assert.deepEqual(caused(change), events);
    });
  }

  it('both halves of a rename have one cookie, each rename its own', () => {
    made();
    read();
    fs.renameSync(file(), file('b'));
    fs.renameSync(file('b'), file('c'));
    const events = read();
    assert.deepEqual(events.map(words), ['MOVED_FROM file', 'MOVED_TO b', 'MOVED_FROM b', 'MOVED_TO c']);
    const [first, second, third, fourth] = events.map((each) => each.cookie);
    assert.ok(first !== 0 && first === second && third === fourth && third !== first);
  });

  it('names are bytes: a newline, invalid UTF-8, 255 of them', () => {
    const names = ['a\nb', '\xff\xfe\x80', '\xc3', `${'n'.repeat(254)}\xe9`];
    for (const name of names) fs.mkdirSync(Buffer.from(file(name), 'latin1'));
    assert.deepEqual(
      read().map((each) => each.name),
      names,
    );
  });

  it('the watch stays with its directory through a rename, not with the name', () => {
    const moved = `${place.path}/${count}-moved`;
    assert.deepEqual(
      caused(() => fs.renameSync(path, moved)),
      ['MOVE_SELF'],
    );
    fs.mkdirSync(path);
    assert.deepEqual(
      caused(() => fs.mkdirSync(file('d'))),
      [],
    );
    assert.deepEqual(
      caused(() => fs.mkdirSync(`${moved}/d`)),
      ['CREATE|ISDIR d'],
    );
    assert.equal(os.inotifyAdd(inotify, fd, ALL), watch);
  });

  it('a directory that is removed says so once nobody holds it', () => {
    assert.deepEqual(
      caused(() => fs.rmdirSync(path)),
      [],
    );
    assert.deepEqual(
      caused(() => os.close(fd)),
      ['DELETE_SELF', 'IGNORED'],
    );
    fails(os.inotifyRemove(inotify, watch), 'EINVAL');
    fd = -1;
  });

  it('a watch that is removed says so behind all its events, and is not given again', () => {
    fs.mkdirSync(file('d'));
    assert.equal(os.inotifyRemove(inotify, watch), 0);
    fs.mkdirSync(file('e'));
    assert.deepEqual(read().map(words), ['CREATE|ISDIR d', 'IGNORED']);
    fails(os.inotifyRemove(inotify, watch), 'EINVAL');
    assert.ok(succeeds(os.inotifyAdd(inotify, fd, ALL)) > watch);
  });

  const noMount = process.getuid?.() === 0 ? null : 'needs root';
  it(`unmounting is UNMOUNT, IGNORED${noMount === null ? '' : ` (skipped: ${noMount})`}`, function () {
    if (noMount !== null) this.skip();
    execFileSync('mount', ['-t', 'tmpfs', 'osmofs-test', path]);
    let mounted = true;
    try {
      using(os.openRoot(text(path)), (top) => {
        watch = succeeds(os.inotifyAdd(inotify, top, ALL));
      });
      execFileSync('umount', [path]);
      mounted = false;
      assert.deepEqual(
        read()
          .filter((each) => each.watch === watch)
          .map(words),
        ['UNMOUNT|ISDIR', 'IGNORED'],
      );
    } finally {
      if (mounted) execFileSync('umount', ['-l', path]);
    }
  });

  const noWatches = limitFixed('max_user_watches');
  it(`the limits of the user are ENOSPC and EMFILE${noWatches === null ? '' : ` (skipped: ${noWatches})`}`, function () {
    if (noWatches !== null) this.skip();
    fs.mkdirSync(file('d'));
    using(os.openRoot(text(file('d'))), (other) => {
      withLimit('max_user_watches', 0, () => fails(os.inotifyAdd(inotify, other, ALL), 'ENOSPC'));
      succeeds(os.inotifyAdd(inotify, other, ALL));
    });
    withLimit('max_user_instances', 0, () => fails(os.inotifyCreate(), 'EMFILE'));
  });

  it('a file is ENOTDIR where a directory is asked for, a symlink is never followed', () => {
    made();
    fs.symlinkSync('.', file('s'));
    for (const name of ['file', 's'])
      using(os.openObject(fd, text(name)), (object) =>
        fails(os.inotifyAdd(inotify, object, ALL | IN.ONLYDIR), 'ENOTDIR'),
      );
  });

  it('wrong arguments are an errno', () => {
    fails(os.inotifyAdd(inotify, 1_000_000, ALL), 'EBADF');
    fails(os.inotifyAdd(inotify, -100, ALL), 'EBADF');
    fails(os.inotifyAdd(1_000_000, fd, ALL), 'EBADF');
    fails(os.inotifyAdd(fd, fd, ALL), 'EBADF');
    fails(os.inotifyAdd(inotify, fd, 0), 'EINVAL');
    fails(os.inotifyAdd(inotify, fd, ALL | IN.DONT_FOLLOW), 'EINVAL');
    fails(os.inotifyRemove(inotify, 99), 'EINVAL');
    fails(os.inotifyRemove(fd, watch), 'EBADF');
    assert.throws(() => (os.inotifyAdd as (...all: unknown[]) => number)(inotify, fd), TypeError);
  });

  it('an ordinary descriptor is no instance', () => {
    const [a, b] = socketPair();
    fails(os.inotifyAdd(a, fd, ALL), 'EINVAL');
    for (const each of [a, b]) os.close(each);
  });

  it('an instance is closed when the process starts another program', () => {
    const flags = /flags:\s*([0-7]+)/.exec(fs.readFileSync(`/proc/self/fdinfo/${inotify}`, 'latin1'))![1];
    assert.equal(parseInt(flags, 8) & 0o2_000_000, 0o2_000_000);
    assert.ok((parseInt(flags, 8) & constants.O_NONBLOCK) !== 0);
  });
});

describe('native: the records of inotify', () => {
  const record = (watch: number, mask: number, length: number, name: string) => {
    const made = Buffer.alloc(INOTIFY_HEADER + length);
    made.writeInt32LE(watch, 0);
    made.writeUInt32LE(mask, 4);
    made.writeUInt32LE(length, 12);
    made.write(name, INOTIFY_HEADER, 'latin1');
    return made;
  };
  const read = (content: Buffer): string[] => {
    const memory = Buffer.from(new ArrayBuffer(256));
    content.copy(memory, 16);
    const found: string[] = [];
    readInotify(memory, new Int32Array(memory.buffer), 16, content.length, (watch, _mask, _cookie, name) =>
      found.push(`${watch} ${name}`),
    );
    return found;
  };

  it('names end at their NUL, at the latest with their record', () => {
    const all = Buffer.concat([
      record(1, IN.CREATE, 8, 'ab'),
      record(1, IN.MODIFY, 8, 'ab'),
      record(1, IN.CREATE, 12, 'ab'),
      record(2, IN.DELETE, 4, 'abcd'),
      record(2, IN.DELETE, 4, 'abce'),
      record(-1, IN.Q_OVERFLOW, 0, ''),
    ]);
    assert.deepEqual(read(all), ['1 ab', '1 ab', '1 ab', '2 abcd', '2 abce', '-1 ']);
  });

  it('a record that reaches beyond the end is refused, wherever it is cut', () => {
    const one = record(1, IN.CREATE, 8, 'ab');
    for (let length = 1; length < one.length; length++) assert.throws(() => read(one.subarray(0, length)), RangeError);
    assert.throws(() => read(Buffer.concat([one, Buffer.alloc(15)])), RangeError);
    for (const size of [0xffff_ffff, 0x7fff_ffff, 9]) {
      const huge = Buffer.from(one);
      huge.writeUInt32LE(size, 12);
      assert.throws(() => read(huge), RangeError);
    }
  });
});
