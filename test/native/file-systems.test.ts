/** The mount table as the seam tells it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { FILE_SYSTEM, os } from '../../native/index.js';
import { arena, bytes, directory, fails, OUT, succeeds, text, using, view } from './support/fixture.js';

const ROOM = 1 << 20;

/** "type point" of each. */
function mounted(capacity = ROOM): string[] {
  const length = succeeds(os.fileSystems(OUT, capacity));
  const texts = bytes.toString('utf8', OUT, OUT + length).split('\0');
  assert.equal(texts.pop(), '');
  assert.equal(texts.length % 2, 0);
  return Array.from({ length: texts.length / 2 }, (_, i) => `${texts[2 * i]} ${texts[2 * i + 1]}`);
}

describe('native: fileSystems', () => {
  const place = directory();

  it('has the root, and what mount(8) shows', () => {
    const all = mounted();
    assert.ok(all.some((each) => each.endsWith(' /')));
    assert.ok(all.includes('proc /proc') || os.platform !== 'linux');
  });

  it('says ERANGE unless all of it fits', () => {
    const length = succeeds(os.fileSystems(OUT, ROOM));
    assert.equal(os.fileSystems(OUT, length), length);
    fails(os.fileSystems(OUT, length - 1), 'ERANGE');
    fails(os.fileSystems(OUT, 0), 'ERANGE');
    fails(os.fileSystems(OUT, 0x7fff_ffff), 'EFAULT');
  });

  const why = os.platform !== 'linux' ? 'mount(8) of Linux' : process.getuid?.() !== 0 ? 'root' : null;
  it(`tells mount points byte by byte, the last one last${why === null ? '' : ` (skipped: needs ${why})`}`, function () {
    if (why !== null) this.skip();
    // What the kernel writes as octal numbers, and more options than a line has room for elsewhere.
    const point = `${place.path}/a b\tc\nd\\e#f\\040`;
    mkdirSync(point);
    execFileSync('mount', ['-t', 'tmpfs', 'a b#', point]);
    try {
      assert.equal(mounted().at(-1), `tmpfs ${point}`);
    } finally {
      execFileSync('umount', [point]);
    }
    assert.ok(!mounted().some((each) => each.endsWith(point)));
  });
});

describe('native: fileSystemOf', () => {
  const place = directory();
  const linux = os.platform === 'linux';

  it('tells the kind of file system behind any descriptor', () => {
    assert.equal(os.fileSystemOf(place.fd, OUT), 0);
    const [magic, local] = [FILE_SYSTEM.magic, FILE_SYSTEM.local].map((at) => view.getUint32(OUT + at, true));
    const name = bytes.toString('latin1', OUT + FILE_SYSTEM.name, OUT + FILE_SYSTEM.size).split('\0')[0];
    assert.deepEqual([magic !== 0, local === 1, name !== ''], [linux, !linux, !linux]);
    if (linux) {
      // PROC_SUPER_MAGIC
      using(os.openRoot(text('/proc')), (proc) => assert.equal(os.fileSystemOf(proc, OUT), 0));
      assert.equal(view.getUint32(OUT + FILE_SYSTEM.magic, true), 0x9fa0);
    }
  });

  it('is EBADF for no descriptor, EFAULT where the record does not fit', () => {
    fails(os.fileSystemOf(1_000_000, OUT), 'EBADF');
    fails(os.fileSystemOf(place.fd, arena.byteLength - FILE_SYSTEM.size + 1), 'EFAULT');
  });
});
