/** The watcher of file systems without events, on one that has them: it does not know. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openShareRoot, pathOf } from '../../../host/share-root.js';
import { openWatcher } from '../../../host/watch/open.js';
import { SourceWatcher } from '../../../host/watch/source-watcher.js';
import { os } from '../../../native/index.js';
import { until } from '../../support/until.js';
import { Listener, watchPath } from './support/listener.js';

describe('host/watch: polling', () => {
  let root: string;
  let listener: Listener;
  let watcher: SourceWatcher;
  beforeEach(() => {
    root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'osmofs-watch-')));
    listener = new Listener();
    watcher = new SourceWatcher({ kind: 'polling', root, pathOf, deliver: listener.deliver, interval: 20 });
  });
  afterEach(async () => {
    await watcher.close();
    fs.rmSync(root, { recursive: true, force: true });
  });
  const at = (...names: string[]) => join(root, ...names);

  it('tells a directory as changed when it looks for the first time, then every new, changed and removed name', async () => {
    fs.writeFileSync(at('old'), 'x');
    watchPath(watcher, root, 1);
    await until(() => listener.names(1).includes('old'), 'the first look');
    assert.ok(listener.others().includes('directory 1'));
    for (const [what, change, name] of [
      ['made', () => fs.writeFileSync(at('new'), ''), 'new'],
      ['written', () => fs.appendFileSync(at('old'), 'y'), 'old'],
      ['another mode', () => fs.chmodSync(at('old'), 0o600), 'old'],
      ['an earlier time', () => fs.utimesSync(at('old'), 1, 1), 'old'],
      ['a directory', () => fs.mkdirSync(at('d')), 'd'],
      ['removed', () => fs.unlinkSync(at('new')), 'new'],
    ] as const) {
      listener.clear();
      change();
      await until(() => listener.names(1).includes(name), what);
    }
  });

  it('tells nothing of what is below a directory, unless that is watched too, nor of one that is let go', async () => {
    for (const name of ['d', 'd/e']) fs.mkdirSync(at(name));
    watchPath(watcher, root, 1);
    watchPath(watcher, at('d/e'), 2);
    fs.writeFileSync(at('d/e/x'), '');
    await until(() => listener.names(2).includes('x') && listener.names(1).includes('d'), 'the first look');
    assert.deepEqual(listener.names(1), ['d']);
    watcher.unwatch(1);
    listener.clear();
    fs.writeFileSync(at('y'), '');
    fs.writeFileSync(at('d/e/y'), '');
    await until(() => listener.names(2).includes('y'), 'the other directory');
    assert.deepEqual(listener.names(1), []);
    assert.equal(watcher.statistics().watches, 1);
  });

  it('a directory that is removed is unwatched', async () => {
    fs.mkdirSync(at('d'));
    watchPath(watcher, at('d'), 1);
    await until(() => listener.others().includes('directory 1'), 'the first look');
    fs.rmdirSync(at('d'));
    await until(() => listener.others().includes('unwatched 1 removed'), 'its end');
    assert.equal(watcher.statistics().watches, 0);
  });

  it('a directory whose place another has taken is unwatched', async () => {
    for (const name of ['d', 'new']) fs.mkdirSync(at(name));
    watchPath(watcher, at('d'), 1);
    await until(() => listener.others().includes('directory 1'), 'the first look');
    fs.renameSync(at('new'), at('d'));
    await until(() => listener.others().includes('unwatched 1 moved'), 'its end');
  });

  it('sync() is "everything", since it cannot know', async () => {
    watchPath(watcher, root, 1);
    await watcher.sync();
    assert.ok(listener.others().includes('everything barrier'));
    const { kind, losses } = watcher.statistics();
    assert.deepEqual([kind, losses.barrier], ['polling', 1]);
  });

  it('what is closed cannot be watched', () => {
    const outcome = watcher.watch(1_000_000, 1);
    assert.ok(!outcome.watched && outcome.code === 'EBADF');
  });

  it('a path that is not UTF-8 cannot be watched', function () {
    if (os.platform !== 'linux') this.skip();
    fs.mkdirSync(Buffer.from(`${root}/\xff`, 'latin1'));
    const fd = fs.openSync(Buffer.from(`${root}/\xff`, 'latin1'), 'r');
    const outcome = watcher.watch(fd, 1);
    fs.closeSync(fd);
    assert.ok(!outcome.watched && outcome.code === 'ENOTSUP' && /UTF-8/.test(outcome.reason));
  });

  it('a thread that cannot begin is "everything", for the last time', async function () {
    if (os.platform !== 'linux') this.skip();
    const deaf = new Listener();
    // There is no such package here.
    const broken = new SourceWatcher({ kind: 'fsevents', root, pathOf, deliver: deaf.deliver });
    const waiting = broken.sync();
    await until(() => deaf.others().length > 0, 'the failure');
    assert.deepEqual(deaf.others(), ['everything failed']);
    await waiting;
    await assert.rejects(broken.sync(), /fsevents has failed/);
    assert.match(broken.statistics().failed!, /fsevents/);
    const fd = fs.openSync(root, 'r');
    const outcome = broken.watch(fd, 1);
    fs.closeSync(fd);
    assert.ok(!outcome.watched && /fsevents/.test(outcome.reason));
    await broken.close();
  });
});

describe('host/watch: the watcher of a share root', () => {
  it('is the one that its file system wants, and says why', async function () {
    if (os.platform !== 'linux') this.skip();
    const root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'osmofs-watch-')));
    const fd = openShareRoot(root);
    const listener = new Listener();
    const { choice, watcher } = openWatcher(root, fd, listener.deliver);
    assert.ok('close' in watcher);
    try {
      assert.equal(choice.kind, 'inotify');
      assert.match(choice.reason, / is a file system of this machine$/);
      assert.ok(watcher.watch(fd, 5).watched);
      fs.mkdirSync(join(root, 'd'));
      await watcher.sync();
      assert.deepEqual(listener.names(5), ['d']);
      const { watches, limit, kind } = watcher.statistics();
      assert.deepEqual([watches, kind, limit! > 0], [1, 'inotify', true]);
    } finally {
      await watcher.close();
      os.close(fd);
      fs.rmSync(root, { recursive: true });
    }
  });
});
