/** The comparison of two trees: every field that is compared is one in which it finds a difference. */
import assert from 'node:assert/strict';
import { temporaryDirectory } from '../support/bare-directory.js';
import * as sys from '../support/sys.js';
import { compareTrees, readTree } from '../support/trees.js';

const NOON = 1_700_000_000_000_000_000n;

describe('events: the comparison of trees', () => {
  let dir: string;
  let remove: () => void;
  before(() => {
    ({ dir, remove } = temporaryDirectory());
  });
  after(() => remove());

  let count = 0;
  /** The same tree each time; `change` makes a difference. */
  function tree(change: (at: (name: string) => string) => void = () => {}) {
    const root = `${dir}/${++count}`;
    const at = (name: string) => `${root}/${name}`;
    for (const name of ['', 'd', 'd/e']) sys.mkdir(at(name));
    sys.writeFile(at('f'), 'short');
    sys.writeFile(at('d/large'), Buffer.alloc(100_000, 'large'));
    sys.symlink('f', at('link'));
    sys.mkfifo(at('fifo'));
    sys.writeFile(Buffer.concat([Buffer.from(at('')), Buffer.of(0xff)]), 'no UTF-8');
    change(at);
    for (const { path } of readTree(root))
      sys.utimens(Buffer.from(`${root}/${path}`, 'latin1'), NOON, NOON, sys.C.AT_SYMLINK_NOFOLLOW);
    return readTree(root);
  }
  const differences = (change?: Parameters<typeof tree>[0], owners = true) =>
    compareTrees(tree(), tree(change), { owners }).join('\n');

  it('finds none between equal ones', () => assert.equal(differences(), ''));

  const large = (at: (name: string) => string, act: (fd: number) => void) => {
    const fd = sys.open(at('d/large'), sys.C.O_WRONLY);
    act(fd);
    sys.close(fd);
  };
  const cases: [what: string, change: Parameters<typeof tree>[0], found: RegExp][] = [
    ['a name that is missing', (at) => sys.unlink(at('fifo')), /^fifo: a fifo on the host, missing in the mount$/m],
    ['a name too many', (at) => sys.writeFile(at('d/e/new')), /^d\/e\/new: missing on the host, a file in the mount$/m],
    ['a mode', (at) => sys.chmod(at('f'), 0o600), /^f: mode "644" on the host, "600" in the mount$/m],
    ['a size', (at) => large(at, (fd) => sys.ftruncate(fd, 99_999)), /^d\/large: size 100000 on the host, 99999/m],
    ['one byte of many', (at) => large(at, (fd) => sys.pwrite(fd, 'X', 50_000)), /^d\/large: content "sha256 /m],
    ['a few bytes', (at) => sys.writeFile(at('f'), 'SHORT'), /^f: content "short" on the host, "SHORT" in the mount$/m],
    ['a link', (at) => sys.link(at('f'), at('g')), /^f: links 1 on the host, 2 in the mount$/m],
    [
      'where a symlink leads',
      (at) => {
        sys.unlink(at('link'));
        sys.symlink('d', at('link'));
      },
      /^link: content "f" on the host, "d" in the mount$/m,
    ],
    [
      'a type',
      (at) => {
        sys.unlink(at('fifo'));
        sys.mkdir(at('fifo'));
      },
      /^fifo: type "fifo" on the host, "directory" in the mount$/m,
    ],
  ];
  for (const [what, change, found] of cases) it(`finds ${what}`, () => assert.match(differences(change), found));

  it('finds a nanosecond of a modification time', () => {
    const [one, other] = [tree(), tree()];
    const later = other.map((entry) => (entry.path === 'f' ? { ...entry, mtime: String(NOON + 1n) } : entry));
    assert.deepEqual(compareTrees(one, later, { owners: true }), [
      `f: mtime "${NOON}" on the host, "${NOON + 1n}" in the mount`,
    ]);
  });

  it('finds an owner, if it is asked to', () => {
    const owned = tree().map((entry) => ({ ...entry, owner: '1:1' }));
    assert.match(compareTrees(tree(), owned, { owners: true }).join('\n'), /^f: owner "/m);
    assert.deepEqual(compareTrees(tree(), owned, { owners: false }), []);
  });
});
