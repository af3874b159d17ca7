/** The feed of file systems without events, on one that has them: it does not know. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { openShareRoot, pathOf, scratch } from '../../../host/share-root.js';
import type { Feed } from '../../../host/watch/feed.js';
import { openFeed } from '../../../host/watch/open.js';
import type { Room } from '../../../host/watch/pending.js';
import { WatcherFeed } from '../../../host/watch/watcher-feed.js';
import { check, os } from '../../../native/index.js';
import { until } from '../../support/until.js';
import { drained, Listener, watchPath } from './support/sink.js';

describe('host/watch: polling', () => {
  let root: string;
  let waker: number;
  let listener: Listener;
  let feed: WatcherFeed;
  const open = (kind: 'polling' | 'fsevents', room?: Room) =>
    new WatcherFeed({ kind, root, waker, pathOf, interval: 20, ...(room && { room }) });
  beforeEach(() => {
    root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'osmofs-watch-')));
    waker = check(os.wakerCreate(), 'wakerCreate');
    listener = new Listener();
    feed = open('polling');
  });
  afterEach(() => {
    feed.close();
    os.close(waker);
    fs.rmSync(root, { recursive: true, force: true });
  });
  const at = (...names: string[]) => join(root, ...names);
  /** Drains whenever the waker says so, until all of that was told. */
  const hears = (...wanted: string[]) =>
    until(() => {
      if (os.wakerDrain(waker) === 1) feed.drain(listener);
      return wanted.every((each) => listener.told.includes(each));
    }, wanted.join(', '));

  /** As one of the names, or with all of them: a new file is soon told once more with its directory. */
  const hearsOf = (key: number, name: string) =>
    until(() => {
      if (os.wakerDrain(waker) === 1) feed.drain(listener);
      return [`dirty ${key} ${name}`, `directory ${key}`].some((each) => listener.told.includes(each));
    }, `${name} of ${key}`);
  /** The directory was told for the first time, and once more: from now on its names are told one by one. */
  const settled = (key: number) =>
    until(() => {
      if (os.wakerDrain(waker) === 1) feed.drain(listener);
      return listener.told.filter((each) => each === `directory ${key}`).length >= 2;
    }, `directory ${key} twice`);

  it('tells a directory as changed when it looks for the first time, and once more; then every new, changed and removed name', async () => {
    fs.writeFileSync(at('old'), 'x');
    watchPath(feed, root, 1);
    await settled(1);
    for (const change of [
      () => fs.appendFileSync(at('old'), 'y'),
      // another mode, an earlier time
      () => fs.chmodSync(at('old'), 0o600),
      () => fs.utimesSync(at('old'), 1, 1),
    ]) {
      listener.take();
      change();
      await hears('dirty 1 old');
      assert.ok(listener.hints.get('1 old')! > 0);
    }
    for (const [change, name] of [
      [() => fs.writeFileSync(at('new'), ''), 'new'],
      [() => fs.mkdirSync(at('d')), 'd'],
      [() => fs.unlinkSync(at('new')), 'new'],
    ] as const) {
      listener.take();
      change();
      await hearsOf(1, name);
    }
  });

  it('a name that comes between its first look and the next is told', async () => {
    watchPath(feed, root, 1);
    // chokidar has read the directory, and is about to look at its times.
    await hears('directory 1');
    fs.writeFileSync(at('new'), '');
    await settled(1);
    listener.take();
    fs.appendFileSync(at('new'), 'x');
    await hearsOf(1, 'new');
  });

  it('tells nothing of what is below a directory, unless that is watched too, nor of one that is let go', async () => {
    for (const name of ['d', 'd/e']) fs.mkdirSync(at(name));
    watchPath(feed, root, 1);
    watchPath(feed, at('d/e'), 2);
    await settled(1);
    await settled(2);
    assert.ok(!listener.told.includes('dirty 1 e'));
    listener.take();
    fs.writeFileSync(at('d/e/x'), '');
    await hearsOf(2, 'x');
    assert.ok(!listener.told.includes('dirty 1 x'));
    feed.unwatch(1);
    listener.take();
    fs.writeFileSync(at('y'), '');
    fs.writeFileSync(at('d/e/y'), '');
    await hearsOf(2, 'y');
    assert.ok(!listener.told.some((text) => text.includes(' 1')));
    assert.equal(feed.statistics().watches, 1);
  });

  it('a directory that is removed has ended', async () => {
    fs.mkdirSync(at('d'));
    watchPath(feed, at('d'), 1);
    await hears('directory 1');
    fs.rmdirSync(at('d'));
    await hears('ended 1 removed');
    assert.equal(feed.statistics().watches, 0);
  });

  it('a directory whose place another has taken has ended', async () => {
    for (const name of ['d', 'new']) fs.mkdirSync(at(name));
    watchPath(feed, at('d'), 1);
    await hears('directory 1');
    fs.renameSync(at('new'), at('d'));
    await hears('ended 1 moved');
  });

  it('a sink that is far behind is told "everything"', async () => {
    feed.close();
    feed = open('polling', { all: 3, directory: 100 });
    for (let i = 0; i < 10; i++) {
      fs.mkdirSync(at(`d${i}`));
      watchPath(feed, at(`d${i}`), i);
    }
    // Each is told when chokidar looks for the first time. Nobody takes more than the first batch.
    await until(() => feed.statistics().events >= 10, 'ten directories');
    await hears('everything slow-consumer');
    assert.ok(feed.statistics().losses['slow-consumer']! >= 1);
  });

  it('what the sink throws is thrown on; as it missed the rest, the next drain is "everything"', async () => {
    watchPath(feed, root, 1);
    await settled(1);
    listener.take();
    listener.afterwards = () => {
      throw new Error('a defect of the sink');
    };
    fs.mkdirSync(at('d'));
    await assert.rejects(hears('never'), /a defect of the sink/);
    listener.afterwards = () => {};
    listener.take();
    assert.equal(drained(feed, listener)[0], 'everything slow-consumer');
    fs.mkdirSync(at('e'));
    await hearsOf(1, 'e');
  });

  it('what is closed, or has a path that is not UTF-8, cannot be watched', () => {
    const outcome = feed.watch(1_000_000, 1);
    assert.ok(!outcome.watched && outcome.code === 'EBADF');
    if (os.platform !== 'linux') return;
    fs.mkdirSync(Buffer.from(`${root}/\xff`, 'latin1'));
    const fd = fs.openSync(Buffer.from(`${root}/\xff`, 'latin1'), 'r');
    const other = feed.watch(fd, 1);
    fs.closeSync(fd);
    assert.ok(!other.watched && other.code === 'ENOTSUP' && /UTF-8/.test(other.reason));
  });

  it('a thread that cannot begin is "everything", for the last time', async function () {
    if (os.platform !== 'linux') this.skip();
    feed.close();
    // There is no such package here.
    feed = open('fsevents');
    await hears('everything failed');
    assert.match(feed.statistics().failed!, /fsevents has failed/);
    const fd = fs.openSync(root, 'r');
    const outcome = feed.watch(fd, 1);
    fs.closeSync(fd);
    assert.ok(!outcome.watched && /fsevents/.test(outcome.reason));
    listener.take();
    assert.deepEqual(drained(feed, listener), []);
  });

  it('serves a thread that is in a native call and never runs its event loop, and ends with it', async () => {
    for (const way of ['closed', 'left open']) {
      const directory = at(way.slice(0, 4));
      fs.mkdirSync(directory);
      const told = new Worker(new URL('./support/blocked.js', import.meta.url), {
        workerData: { root: directory, close: way === 'closed' },
      });
      const ended = once(told, 'exit');
      const [first] = await once(told, 'message');
      assert.equal(first, 'watching');
      const next = once(told, 'message');
      fs.mkdirSync(join(directory, 'wanted'));
      assert.deepEqual(await next, ['told']);
      assert.deepEqual(await ended, [0]);
    }
  });

  it('feeds that are closed at once, or twice, leave nothing', async () => {
    const descriptors = () => fs.readdirSync('/proc/self/fd').length;
    const before = descriptors();
    feed.close();
    for (let round = 0; round < 5; round++) {
      const other = open('polling');
      watchPath(other, root, 1);
      other.close();
      other.close();
      assert.deepEqual(drained(other, listener), []);
      assert.ok(!other.watch(0, 1).watched);
    }
    await until(() => descriptors() <= before, 'their descriptors are closed');
  });
});

describe('host/watch: the feed of a share root', () => {
  it('is the one that its file system wants, and says why', function () {
    if (os.platform !== 'linux') this.skip();
    const root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'osmofs-watch-')));
    const rootFd = openShareRoot(root);
    const waker = check(os.wakerCreate(), 'wakerCreate');
    const feed = openFeed({ root, rootFd, waker, scratch: scratch() });
    assert.ok('close' in feed);
    try {
      assert.ok(feed.watch(rootFd, 5).watched);
      fs.mkdirSync(join(root, 'd'));
      assert.deepEqual(drained(feed as Feed, new Listener()), ['5 CREATE|ISDIR d']);
      const { watches, limit, kind, reason } = feed.statistics();
      assert.deepEqual([watches, kind, feed.exact, limit! > 0], [1, 'inotify', true, true]);
      assert.match(reason, / is a file system of this machine$/);
    } finally {
      feed.close();
      for (const fd of [rootFd, waker]) os.close(fd);
      fs.rmSync(root, { recursive: true });
    }
  });
});
