/** The mount table as the seam tells it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { os } from '../../native/index.js';
import { bytes, directory, fails, OUT, succeeds } from './support/fixture.js';

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
