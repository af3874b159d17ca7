/** The feed of inotify: what happened before a drain is told by it, in order, and what is lost is told too. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratch } from '../../../host/share-root.js';
import { InotifyFeed } from '../../../host/watch/linux/inotify-feed.js';
import { check, IN, os } from '../../../native/index.js';
import { limitFixed, withLimit } from '../../support/inotify-limits.js';
import { until } from '../../support/until.js';
import { drained, Listener, watchPath } from './support/sink.js';

const changer = fileURLToPath(new URL('./support/changer.js', import.meta.url));
const DIRECTORIES = 10;
const OPERATIONS = 100_000;

const needsLinux = os.platform === 'linux' ? '' : ' (skipped: needs Linux)';

/** Watches that the kernel has for this process: proc_pid_fdinfo(5). Each queue has a duplicate of its descriptor. */
function kernelWatches(): number {
  const texts = fs.readdirSync('/proc/self/fd').map((fd) => {
    try {
      return fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1');
    } catch {
      // The one of the listing itself.
      return '';
    }
  });
  return (texts.join('').split('inotify wd:').length - 1) / 2;
}

describe(`host/watch: inotify${needsLinux}`, () => {
  let top: string;
  let root: string;
  let rootFd: number;
  let waker: number;
  let listener: Listener;
  let feed: InotifyFeed;

  function open(bytes?: number): InotifyFeed {
    const opened = InotifyFeed.open({ root, rootFd, waker, scratch: scratch(), ...(bytes && { bytes }) });
    assert.ok(opened instanceof InotifyFeed, 'an instance');
    return opened;
  }

  beforeEach(function () {
    if (needsLinux !== '') this.skip();
    top = fs.mkdtempSync(join(tmpdir(), 'osmofs-watch-'));
    root = join(top, 'root');
    fs.mkdirSync(root);
    rootFd = fs.openSync(root, 'r');
    waker = check(os.wakerCreate(), 'wakerCreate');
    listener = new Listener();
    feed = open();
  });
  afterEach(() => {
    feed?.close();
    if (rootFd) fs.closeSync(rootFd);
    if (waker) os.close(waker);
    if (top) fs.rmSync(top, { recursive: true, force: true });
  });

  const at = (...names: string[]) => join(root, ...names);
  const directory = (name: string, key: number) => {
    fs.mkdirSync(at(name));
    watchPath(feed, at(name), key);
    return at(name);
  };
  const told = () => drained(feed, listener);

  it('tells events one by one, in order, each directory by its key, both halves of a rename by one cookie', () => {
    const [a, b] = [directory('a', 1), directory('b', 2)];
    fs.writeFileSync(join(a, 'file'), 'x');
    fs.renameSync(join(a, 'file'), join(b, 'other'));
    fs.mkdirSync(join(b, 'd'));
    fs.chmodSync(join(b, 'other'), 0o600);
    fs.unlinkSync(join(b, 'other'));
    fs.chmodSync(b, 0o700);
    feed.drain(listener);
    const [from, to] = listener.events.filter(({ mask }) => (mask & (IN.MOVED_FROM | IN.MOVED_TO)) !== 0);
    assert.ok(from!.cookie !== 0 && from!.cookie === to!.cookie);
    assert.deepEqual(listener.take(), [
      '1 CREATE file',
      '1 MODIFY file',
      '1 CLOSE_WRITE file',
      '1 MOVED_FROM file',
      '2 MOVED_TO other',
      '2 CREATE|ISDIR d',
      '2 ATTRIB other',
      '2 DELETE other',
      '2 ATTRIB|ISDIR',
    ]);
    assert.deepEqual(told(), []);
  });

  it('a drain tells what happened just before it, a thousand times', () => {
    const a = directory('a', 1);
    for (let round = 0; round < 1000; round++) {
      fs.symlinkSync('x', join(a, `n${round}`));
      assert.deepEqual(told(), [`1 CREATE n${round}`]);
    }
    assert.deepEqual(feed.statistics().losses, {});
    assert.equal(feed.statistics().events, 1000);
  });

  it('signals the waker when there is something to tell', async () => {
    const a = directory('a', 1);
    assert.equal(os.wakerDrain(waker), 0);
    fs.mkdirSync(join(a, 'd'));
    await until(() => os.wakerDrain(waker) === 1, 'a signal');
    assert.deepEqual(told(), ['1 CREATE|ISDIR d']);
  });

  it(`loses none of ${OPERATIONS} random operations while this thread is blocked`, () => {
    feed.close();
    feed = open(64 << 20);
    for (let i = 0; i < DIRECTORIES; i++) directory(`d${i}`, i);
    // This thread does nothing else until the other process is done.
    const args = [root, DIRECTORIES, OPERATIONS, 20261122].map(String);
    const { stdout, status } = spawnSync(process.execPath, [changer, ...args], { encoding: 'utf8' });
    assert.equal(status, 0);
    feed.drain(listener);
    const { losses, events } = feed.statistics();
    assert.ok(events > OPERATIONS / 10, `${events} events`);
    if (Object.keys(losses).length > 0) {
      // The machine was so busy that the kernel's queue ran over: then it is said.
      assert.ok(listener.told.includes('everything overflow'));
      return;
    }
    const touched: string[][] = JSON.parse(stdout);
    const names = touched.map(() => new Set<string>());
    for (const { key, name } of listener.events) names[key]!.add(name);
    for (let i = 0; i < DIRECTORIES; i++) assert.deepEqual([...names[i]!].sort(), touched[i]);
  }).timeout(120_000);

  it('one who does not drain loses all, is told so, and goes on', async () => {
    feed.close();
    feed = open(1024);
    const a = directory('a', 1);
    for (let i = 0; i < 100; i++) fs.mkdirSync(join(a, `n${i}`));
    await until(() => feed.statistics().events === 100, 'the queue has them all');
    assert.equal(told()[0], 'everything overflow');
    assert.deepEqual(feed.statistics().losses, { overflow: 1 });
    fs.mkdirSync(join(a, 'later'));
    assert.deepEqual(told(), ['1 CREATE|ISDIR later']);
  });

  it('a loss that may hide what became of the root is followed by that', () => {
    feed.close();
    feed = open(1);
    fs.renameSync(root, `${root}-moved`);
    assert.deepEqual(told(), ['everything overflow', 'everything root-replaced']);
  });

  const noQueue = limitFixed('max_queued_events');
  it(`a full queue of the kernel is "everything"${noQueue ? ` (skipped: ${noQueue})` : ''}`, function () {
    if (noQueue !== null) this.skip();
    feed.close();
    feed = withLimit('max_queued_events', 1, () => open());
    const [a, b] = [directory('a', 1), directory('b', 2)];
    let heard: string[] = [];
    for (let round = 0; !heard.includes('everything overflow'); round++) {
      assert.ok(round < 1000, 'an overflow');
      for (let i = 0; i < 100; i++) {
        fs.writeFileSync(join(a, 'x'), '');
        fs.writeFileSync(join(b, 'y'), '');
      }
      heard = told();
    }
    fs.mkdirSync(join(a, 'later'));
    assert.deepEqual(told(), ['1 CREATE|ISDIR later']);
  });

  const noWatches = limitFixed('max_user_watches');
  it(`limits that are reached are said in a sentence, with what raises them${noWatches ? ` (skipped: ${noWatches})` : ''}`, function () {
    if (noWatches !== null) this.skip();
    fs.mkdirSync(at('a'));
    const fd = fs.openSync(at('a'), 'r');
    const outcome = withLimit('max_user_watches', 1, () => feed.watch(fd, 1));
    assert.deepEqual(outcome, {
      watched: false,
      code: 'ENOSPC',
      reason: 'all inotify watches of this user are in use (fs.inotify.max_user_watches is 1; sysctl raises it)',
    });
    assert.equal(feed.watch(fd, 1).watched, true);
    fs.closeSync(fd);
    const options = { root, rootFd, waker, scratch: scratch() };
    const none = withLimit('max_user_instances', 0, () => InotifyFeed.open(options));
    assert.ok(!(none instanceof InotifyFeed));
    assert.equal(none.code, 'EMFILE');
    assert.match(none.reason, /max_user_instances/);
  });

  it('what is no directory, or closed, cannot be watched', () => {
    fs.writeFileSync(at('file'), '');
    const fd = fs.openSync(at('file'), 'r');
    const refused = feed.watch(fd, 1);
    assert.ok(!refused.watched && refused.code === 'ENOTDIR' && refused.reason === 'it is no directory');
    fs.closeSync(fd);
    const closed = feed.watch(1_000_000, 1);
    assert.ok(!closed.watched && closed.code === 'EBADF');
    assert.equal(feed.statistics().watches, 0);
  });

  it('nothing is told of a directory after unwatch, though its events are queued', () => {
    const [a, b] = [directory('a', 1), directory('b', 2)];
    for (const each of [a, b]) fs.mkdirSync(join(each, 'late'));
    const before = kernelWatches();
    feed.unwatch(1);
    feed.unwatch(99);
    assert.equal(kernelWatches(), before - 1);
    assert.equal(feed.statistics().watches, 1);
    fs.mkdirSync(join(a, 'later'));
    assert.deepEqual(told(), ['2 CREATE|ISDIR late']);
    watchPath(feed, a, 1);
    fs.mkdirSync(join(a, 'again'));
    assert.deepEqual(told(), ['1 CREATE|ISDIR again']);
  });

  it('the sink may let go of a directory while it is told of it, and watch another', () => {
    const a = directory('a', 1);
    fs.mkdirSync(at('b'));
    for (let i = 0; i < 10; i++) fs.mkdirSync(join(a, `n${i}`));
    listener.afterwards = () => {
      listener.afterwards = () => {};
      feed.unwatch(1);
      watchPath(feed, at('b'), 2);
      fs.mkdirSync(at('b', 'd'));
      feed.statistics();
      assert.throws(() => feed.drain(listener), /drained by what it tells/);
    };
    assert.deepEqual(told(), ['1 CREATE|ISDIR n0']);
    assert.deepEqual(told(), ['2 CREATE|ISDIR d']);
  });

  it('what the sink throws is thrown on; as it missed the rest, the next drain is "everything"', () => {
    const a = directory('a', 1);
    for (let i = 0; i < 10; i++) fs.mkdirSync(join(a, `n${i}`));
    listener.afterwards = () => {
      throw new Error('a defect of the sink');
    };
    assert.throws(() => feed.drain(listener), /a defect of the sink/);
    listener.afterwards = () => {};
    listener.take();
    fs.mkdirSync(join(a, 'later'));
    assert.deepEqual(told(), ['everything slow-consumer', '1 CREATE|ISDIR later']);
    assert.deepEqual(told(), []);
  });

  it('a directory may have two keys; each is told, until it is let go', () => {
    const a = directory('a', 1);
    watchPath(feed, a, 2);
    watchPath(feed, a, 2);
    fs.mkdirSync(join(a, 'x'));
    assert.deepEqual(told(), ['1 CREATE|ISDIR x', '2 CREATE|ISDIR x']);
    assert.equal(feed.statistics().watches, 1);
    feed.unwatch(1);
    fs.mkdirSync(join(a, 'y'));
    assert.deepEqual(told(), ['2 CREATE|ISDIR y']);
  });

  it('a key that is given another directory leaves the first', () => {
    const [a, b] = [directory('a', 1), at('b')];
    fs.mkdirSync(b);
    watchPath(feed, b, 1);
    fs.mkdirSync(join(a, 'old'));
    fs.mkdirSync(join(b, 'new'));
    assert.deepEqual(told(), ['1 CREATE|ISDIR new']);
    assert.equal(feed.statistics().watches, 1);
  });

  it('a directory that is removed is told with its names, then as ended; its key is free', () => {
    const a = directory('a', 1);
    watchPath(feed, a, 2);
    fs.mkdirSync(join(a, 'x'));
    fs.rmSync(a, { recursive: true });
    const names = [1, 2, 1, 2].map((key, i) => `${key} ${i < 2 ? 'CREATE' : 'DELETE'}|ISDIR x`);
    assert.deepEqual(told(), [...names, 'ended 1 removed', 'ended 2 removed']);
    assert.equal(feed.statistics().watches, 0);
    feed.unwatch(1);
    fs.mkdirSync(a);
    watchPath(feed, a, 1);
    fs.mkdirSync(join(a, 'y'));
    assert.deepEqual(told(), ['1 CREATE|ISDIR y']);
  });

  it('a directory that is moved stays watched, and says that its name has changed', () => {
    const a = directory('a', 1);
    fs.renameSync(a, join(top, 'elsewhere'));
    fs.mkdirSync(join(top, 'elsewhere', 'x'));
    assert.deepEqual(told(), ['1 MOVE_SELF', '1 CREATE|ISDIR x']);
  });

  const noMount = process.getuid?.() === 0 ? '' : ' (skipped: needs root)';
  it(`a file system that is unmounted takes its watches along, and says so${noMount}`, function () {
    if (noMount !== '') this.skip();
    fs.mkdirSync(at('m'));
    execFileSync('mount', ['-t', 'tmpfs', 'osmofs-test', at('m')]);
    let mounted = true;
    try {
      directory('m/a', 1);
      execFileSync('umount', [at('m')]);
      mounted = false;
      assert.deepEqual(told(), ['ended 1 unmounted']);
    } finally {
      if (mounted) execFileSync('umount', ['-l', at('m')]);
    }
  });

  it('names are bytes: a newline, invalid UTF-8', () => {
    const a = directory('a', 1);
    const names = ['a\nb', '\xff\xfe\x80', '\xc3'];
    for (const name of names) fs.mkdirSync(Buffer.from(`${a}/${name}`, 'latin1'));
    feed.drain(listener);
    assert.deepEqual(
      listener.events.map(({ name }) => name),
      names,
    );
  });

  for (const [what, replace] of [
    ['moved away', () => fs.renameSync(root, `${root}-moved`)],
    ['removed while it is held open', () => fs.rmdirSync(root)],
    [
      'replaced by another',
      () => {
        fs.mkdirSync(`${root}-new`);
        fs.rmdirSync(root);
        fs.renameSync(`${root}-new`, root);
      },
    ],
    ['moved with the directory it is in', () => fs.renameSync(top, `${top}-moved`)],
  ] as const) {
    it(`a root that is ${what} is "everything", once`, () => {
      fs.mkdirSync(join(top, 'neighbour'));
      fs.chmodSync(root, 0o755);
      assert.deepEqual(told(), []);
      watchPath(feed, root, 1);
      fs.chmodSync(root, 0o700);
      assert.deepEqual(told(), ['1 ATTRIB|ISDIR']);
      replace();
      try {
        assert.deepEqual(
          told().filter((text) => text.startsWith('everything')),
          ['everything root-replaced'],
        );
      } finally {
        if (fs.existsSync(`${top}-moved`)) fs.renameSync(`${top}-moved`, top);
      }
    });
  }

  it('after close nothing is told, nothing is left, and nothing can be watched', () => {
    const before = fs.readdirSync('/proc/self/fd').length;
    const [other, heard] = [open(), new Listener()];
    watchPath(other, root, 1);
    fs.mkdirSync(at('a'));
    other.close();
    other.close();
    assert.deepEqual(drained(other, heard), []);
    assert.equal(fs.readdirSync('/proc/self/fd').length, before);
    const outcome = other.watch(rootFd, 1);
    assert.ok(!outcome.watched && outcome.reason === 'it was closed');
    other.unwatch(1);
    assert.equal(other.statistics().failed, 'it was closed');
  });
});
