/** FSEvents as its documentation has it, with a package that is none: nothing of it has run on a Mac. */
import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { Flag } from '../../../../host/watch/darwin/flags.js';
import { COOKIE, FsEventsSource } from '../../../../host/watch/darwin/fsevents.js';
import { meaningOf } from '../../../../host/watch/darwin/translate.js';
import { Hint } from '../../../../host/watch/feed.js';
import { Pending } from '../../../../host/watch/pending.js';

const FILE = Flag.ITEM_IS_FILE;
const DIR = Flag.ITEM_IS_DIR;

describe('host/watch: what an event of FSEvents means', () => {
  const everything = (loss: string) => ({ kind: 'everything', loss });
  const subtree = { kind: 'subtree', path: '/r/d' };
  const name = (hints: number, gone = false) => ({ kind: 'name', path: '/r/d', hints, gone });
  const rows: [what: string, flags: number, meaning: object][] = [
    ['MustScanSubDirs', Flag.MUST_SCAN_SUB_DIRS, subtree],
    ['MustScanSubDirs of a directory that was made', Flag.MUST_SCAN_SUB_DIRS | Flag.ITEM_CREATED | DIR, subtree],
    ['UserDropped', Flag.MUST_SCAN_SUB_DIRS | Flag.USER_DROPPED, everything('overflow')],
    ['KernelDropped', Flag.MUST_SCAN_SUB_DIRS | Flag.KERNEL_DROPPED, everything('overflow')],
    ['EventIdsWrapped', Flag.EVENT_IDS_WRAPPED, everything('wrapped')],
    ['RootChanged', Flag.ROOT_CHANGED, everything('root-replaced')],
    ['RootChanged and dropped', Flag.ROOT_CHANGED | Flag.USER_DROPPED, everything('root-replaced')],
    ['HistoryDone', Flag.HISTORY_DONE, { kind: 'nothing' }],
    ['Mount', Flag.MOUNT, subtree],
    ['Unmount', Flag.UNMOUNT, subtree],
    ['a new file', Flag.ITEM_CREATED | FILE, name(Hint.CREATED)],
    ['a clone', Flag.ITEM_CLONED | FILE, name(Hint.CREATED)],
    ['a write', Flag.ITEM_MODIFIED | FILE, name(Hint.MODIFIED)],
    ['chmod', Flag.ITEM_INODE_META_MOD | FILE, name(Hint.ATTRIBUTES)],
    ['chown', Flag.ITEM_CHANGE_OWNER | FILE, name(Hint.ATTRIBUTES)],
    ['an extended attribute', Flag.ITEM_XATTR_MOD | FILE, name(Hint.ATTRIBUTES)],
    ['Finder info', Flag.ITEM_FINDER_INFO_MOD | FILE, name(Hint.ATTRIBUTES)],
    ['a removed file', Flag.ITEM_REMOVED | FILE, name(Hint.REMOVED)],
    ['a renamed file', Flag.ITEM_RENAMED | FILE, name(Hint.MOVED)],
    ['a renamed symlink', Flag.ITEM_RENAMED | Flag.ITEM_IS_SYMLINK, name(Hint.MOVED)],
    ['a removed directory', Flag.ITEM_REMOVED | DIR, name(Hint.REMOVED | Hint.DIRECTORY, true)],
    ['a renamed directory', Flag.ITEM_RENAMED | DIR, name(Hint.MOVED | Hint.DIRECTORY, true)],
    ['a renamed thing of no type', Flag.ITEM_RENAMED, name(Hint.MOVED, true)],
    [
      'made, written and removed at once',
      Flag.ITEM_CREATED | Flag.ITEM_MODIFIED | Flag.ITEM_REMOVED | FILE,
      name(Hint.CREATED | Hint.MODIFIED | Hint.REMOVED),
    ],
    ['our own (OwnEvent) is like any', Flag.OWN_EVENT | Flag.ITEM_CREATED | FILE, name(Hint.CREATED)],
    [
      'the last hard link',
      Flag.ITEM_REMOVED | Flag.ITEM_IS_HARDLINK | Flag.ITEM_IS_LAST_HARDLINK | FILE,
      name(Hint.REMOVED),
    ],
    ['no flag', 0, name(0)],
  ];
  for (const [what, flags, meaning] of rows) {
    it(what, () => {
      assert.deepEqual(meaningOf('/r/d', flags), meaning);
      assert.deepEqual(meaningOf('/r/d/', flags), meaning);
    });
  }
});

describe('host/watch: a stream of FSEvents', () => {
  let emit: (path: string, flags: number) => void;
  let stopped = 0;
  let touched: string[];
  let writable = true;
  let pending: Pending;
  let source: FsEventsSource;
  const fsevents = {
    watch: (path: string, handler: typeof emit) => {
      assert.equal(path, '/r');
      emit = handler;
      return async () => {
        stopped++;
      };
    },
  };
  const touch = (path: string) => {
    if (writable) touched.push(path);
    return writable;
  };
  /** The stream runs: it tells of the first file of ours. */
  const runs = () => emit(touched.at(-1)!, Flag.ITEM_CREATED | FILE);

  beforeEach(() => {
    [touched, writable, stopped, pending] = [[], true, 0, new Pending()];
    source = new FsEventsSource(fsevents, '/r', { pending, changed: () => {}, count: () => {} }, touch);
  });
  afterEach(() => source.close());

  const told = () => {
    const { losses, directories } = pending.take();
    return [
      ...losses,
      ...directories.map(({ id, names, whole, self, ended }) =>
        [id, ...names.keys(), ...(whole ? ['whole'] : []), ...(self ? ['self'] : []), ...(ended ? [ended] : [])].join(
          ' ',
        ),
      ),
    ];
  };

  it('what was watched before it ran may have changed', () => {
    source.watch('/r', 1);
    source.watch('/r/d', 2);
    runs();
    assert.deepEqual(told(), ['1 whole', '2 whole']);
    source.watch('/r/e', 3);
    runs();
    assert.deepEqual(told(), []);
  });

  it('a sync that was asked before it ran is answered when it does', () => {
    let reached = 0;
    source.sync(() => reached++);
    const first = touched[0]!;
    emit(first, Flag.ITEM_CREATED | FILE);
    assert.equal(reached, 1);
  });

  it('tells the names of directories that are watched, and nothing of the others', () => {
    runs();
    source.watch('/r', 1);
    source.watch('/r/d', 2);
    emit('/r/d/x', Flag.ITEM_CREATED | FILE);
    emit('/r/other/x', Flag.ITEM_CREATED | FILE);
    emit('/r/d', Flag.ITEM_INODE_META_MOD | DIR);
    emit('/r/\u00e9', Flag.ITEM_CREATED | FILE);
    assert.deepEqual(told(), ['2 x self', '1 d \u00c3\u00a9']);
    source.unwatch(2);
    emit('/r/d/y', Flag.ITEM_CREATED | FILE);
    assert.deepEqual(told(), []);
  });

  it('a directory that is renamed or removed is unwatched, with all below it', () => {
    runs();
    for (const [id, path] of ['/r', '/r/d', '/r/d/e', '/r/dd'].entries()) source.watch(path, id);
    emit('/r/d', Flag.ITEM_RENAMED | DIR);
    assert.deepEqual(told(), ['0 d', '1 moved', '2 moved']);
  });

  it('MustScanSubDirs is every directory below', () => {
    runs();
    for (const [id, path] of ['/r', '/r/d', '/r/d/e', '/r/dd'].entries()) source.watch(path, id);
    emit('/r/d', Flag.MUST_SCAN_SUB_DIRS);
    assert.deepEqual(told(), ['1 whole', '2 whole', '0 d']);
  });

  it('the files of sync answer it, each its own, and are not told', () => {
    runs();
    source.watch('/r', 1);
    const reached: number[] = [];
    for (const number of [1, 2]) source.sync(() => reached.push(number));
    const [one, two] = touched.slice(-2) as [string, string];
    assert.ok(posix.basename(one).startsWith(COOKIE) && posix.dirname(one) === '/r');
    emit(one, Flag.ITEM_CREATED | FILE);
    emit(one, Flag.ITEM_REMOVED | FILE);
    assert.deepEqual(reached, [1]);
    emit(two, Flag.ITEM_CREATED | Flag.ITEM_REMOVED | FILE);
    assert.deepEqual(reached, [1, 2]);
    assert.deepEqual(told(), []);
  });

  it('a loss answers every sync; so does a root that cannot be written to, by "everything"', () => {
    runs();
    let reached = 0;
    source.sync(() => reached++);
    emit('/r', Flag.MUST_SCAN_SUB_DIRS | Flag.KERNEL_DROPPED);
    assert.equal(reached, 1);
    assert.deepEqual(told(), ['overflow']);
    writable = false;
    source.sync(() => reached++);
    assert.equal(reached, 2);
    assert.deepEqual(told(), ['barrier']);
  });

  it('ends with its stream', async () => {
    await source.close();
    assert.equal(stopped, 1);
  });
});
