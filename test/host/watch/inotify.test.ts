/** The watcher on inotify: nothing is lost in silence, whatever the listener and the limits do. */
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { InotifyWatcher } from '../../../host/watch/linux/inotify.js';
import { Hint } from '../../../host/watch/watcher.js';
import { os } from '../../../native/index.js';
import { limitFixed, withLimit } from '../../support/inotify-limits.js';
import { until } from '../../support/until.js';
import { Listener, watchPath } from './support/listener.js';

const changer = fileURLToPath(new URL('./support/changer.js', import.meta.url));
const DIRECTORIES = 10;
const OPERATIONS = 100_000;

const needsLinux = os.platform === 'linux' ? '' : ' (skipped: needs Linux)';

/** Watches that the kernel has for this process: proc_pid_fdinfo(5). */
function kernelWatches(): number {
  const texts = fs.readdirSync('/proc/self/fd').map((fd) => {
    try {
      return fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1');
    } catch {
      // The one of the listing itself.
      return '';
    }
  });
  return texts.join('').split('inotify wd:').length - 1;
}

describe(`host/watch: inotify${needsLinux}`, () => {
  let top: string;
  let root: string;
  let listener: Listener;
  let watcher: InotifyWatcher;

  function open(room?: { all: number; directory: number }): InotifyWatcher {
    const opened = InotifyWatcher.open({ root, deliver: listener.deliver, ...(room && { room }) });
    assert.ok(opened instanceof InotifyWatcher, 'an instance');
    return opened;
  }

  beforeEach(function () {
    if (needsLinux !== '') this.skip();
    top = fs.mkdtempSync(join(tmpdir(), 'osmofs-watch-'));
    root = join(top, 'root');
    fs.mkdirSync(root);
    listener = new Listener();
    watcher = open();
  });
  afterEach(async () => {
    await watcher?.close();
    if (top) fs.rmSync(top, { recursive: true, force: true });
  });

  const at = (...names: string[]) => join(root, ...names);
  const directory = (name: string, key: number) => {
    fs.mkdirSync(at(name));
    watchPath(watcher, at(name), key);
    return at(name);
  };

  it('tells names with hints, each directory by its key, and both places of a rename', async () => {
    const [a, b] = [directory('a', 1), directory('b', 2)];
    fs.writeFileSync(join(a, 'file'), 'x');
    fs.renameSync(join(a, 'file'), join(b, 'other'));
    fs.mkdirSync(join(b, 'd'));
    fs.chmodSync(b, 0o700);
    await watcher.sync();
    assert.deepEqual([listener.names(1), listener.names(2)], [['file'], ['d', 'other']]);
    assert.equal(listener.hints(1, 'file'), Hint.CREATED | Hint.MODIFIED | Hint.CLOSED | Hint.MOVED | Hint.REMOVED);
    assert.equal(listener.hints(2, 'd'), Hint.CREATED | Hint.DIRECTORY);
    assert.deepEqual(listener.others(), ['self 2']);
    const [{ from, to }] = listener.moves;
    assert.deepEqual([from!.key, `${from!.name}`, to!.key, `${to!.name}`], [1, 'file', 2, 'other']);
  });

  it('sync() resolves when all that happened before it was delivered, however often', async () => {
    const a = directory('a', 1);
    for (let round = 0; round < 200; round++) {
      fs.writeFileSync(join(a, `n${round}`), '');
      const [first, second] = [watcher.sync(), watcher.sync()];
      await (round % 2 ? first : second);
      assert.ok(listener.names(1).includes(`n${round}`), `n${round}`);
      await Promise.all([first, second]);
      listener.clear();
    }
    assert.deepEqual(watcher.statistics().losses, {});
  });

  it('a sync of nothing delivers nothing', async () => {
    await watcher.sync();
    await watcher.sync();
    assert.equal(listener.batches.length, 0);
  });

  it(`loses none of ${OPERATIONS} random operations while the listener is blocked`, async () => {
    for (let i = 0; i < DIRECTORIES; i++) directory(`d${i}`, i);
    // This thread does nothing else until the other process is done.
    const args = [root, DIRECTORIES, OPERATIONS, 20261122].map(String);
    const { stdout, status } = spawnSync(process.execPath, [changer, ...args], { encoding: 'utf8' });
    assert.equal(status, 0);
    assert.equal(listener.batches.length, 0);
    await watcher.sync();
    const touched: string[][] = JSON.parse(stdout);
    const { losses, events } = watcher.statistics();
    assert.ok(events > OPERATIONS / 10, `${events} events`);
    if (Object.keys(losses).length === 0) {
      for (let i = 0; i < DIRECTORIES; i++) assert.deepEqual(listener.names(i), touched[i]);
    } else {
      // The machine was so busy that the kernel's queue ran over: then it is said.
      assert.ok(listener.others().some((text) => text.startsWith('everything')));
    }
  }).timeout(120_000);

  it('tells everything of a listener that is awake, in order with its ends', async () => {
    for (let i = 0; i < DIRECTORIES; i++) directory(`d${i}`, i);
    const args = [root, DIRECTORIES, 20_000, 7].map(String);
    const { stdout } = await promisify(execFile)(process.execPath, [changer, ...args]);
    await watcher.sync();
    if (listener.others().length > 0) assert.match(listener.others().join(), /everything/);
    else
      for (const [i, names] of (JSON.parse(stdout) as string[][]).entries()) assert.deepEqual(listener.names(i), names);
    assert.ok(watcher.statistics().batches >= 1);
  });

  it('a listener that is too far behind gets "the directory", then "everything", and goes on', async () => {
    await watcher.close();
    watcher = open({ all: 100, directory: 20 });
    const [a, b] = [directory('a', 1), directory('b', 2)];
    for (let i = 0; i < 30; i++) fs.writeFileSync(join(a, `n${i}`), '');
    fs.writeFileSync(join(b, 'file'), '');
    await watcher.sync();
    assert.ok(listener.others().includes('directory 1'));
    assert.deepEqual(listener.names(2), ['file']);
    listener.clear();
    // So many directories with a name each do not fit. This thread takes nothing meanwhile.
    for (let i = 0; i < 120; i++) directory(`e${i}`, 100 + i);
    for (let i = 0; i < 120; i++) fs.writeFileSync(at(`e${i}`, 'x'), '');
    await watcher.sync();
    assert.ok(listener.others().includes('everything slow-consumer'), listener.others().join());
    assert.ok(watcher.statistics().losses['slow-consumer']! >= 1);
    listener.clear();
    fs.writeFileSync(join(b, 'later'), '');
    await watcher.sync();
    assert.deepEqual([listener.names(2), listener.others()], [['later'], []]);
  });

  const noQueue = limitFixed('max_queued_events');
  it(`a full queue of the kernel is "everything", and ends the wait of sync()${noQueue ? ` (skipped: ${noQueue})` : ''}`, async function () {
    if (noQueue !== null) this.skip();
    await watcher.close();
    watcher = withLimit('max_queued_events', 1, () => open());
    const [a, b] = [directory('a', 1), directory('b', 2)];
    for (let round = 0; !listener.others().includes('everything overflow'); round++) {
      assert.ok(round < 1000, 'an overflow');
      for (let i = 0; i < 100; i++) {
        fs.writeFileSync(join(a, 'x'), '');
        fs.writeFileSync(join(b, 'y'), '');
      }
      await watcher.sync();
    }
    assert.ok(watcher.statistics().losses.overflow! >= 1);
    listener.clear();
    fs.mkdirSync(join(a, 'later'));
    await watcher.sync();
    assert.ok(listener.names(1).includes('later') || listener.others().includes('everything overflow'));
  });

  const noWatches = limitFixed('max_user_watches');
  it(`limits that are reached are said in a sentence, with what raises them${noWatches ? ` (skipped: ${noWatches})` : ''}`, async function () {
    if (noWatches !== null) this.skip();
    fs.mkdirSync(at('a'));
    const fd = fs.openSync(at('a'), 'r');
    const outcome = withLimit('max_user_watches', 1, () => watcher.watch(fd, 1));
    assert.deepEqual(outcome, {
      watched: false,
      code: 'ENOSPC',
      reason: 'all inotify watches of this user are in use (fs.inotify.max_user_watches is 1; sysctl raises it)',
    });
    assert.deepEqual(watcher.watch(fd, 1), { watched: true });
    fs.closeSync(fd);
    const none = withLimit('max_user_instances', 0, () => InotifyWatcher.open({ root, deliver: listener.deliver }));
    assert.ok(!(none instanceof InotifyWatcher));
    assert.equal(none.code, 'EMFILE');
    assert.match(none.reason, /max_user_instances/);
    // No watch is left for the mark of sync() after the one it has in store.
    fs.writeFileSync(at('a', 'x'), '');
    await watcher.sync();
    assert.deepEqual(listener.names(1), ['x']);
  });

  it('what is no directory, or closed, cannot be watched', async () => {
    fs.writeFileSync(at('file'), '');
    const fd = fs.openSync(at('file'), 'r');
    const refused = watcher.watch(fd, 1);
    assert.ok(!refused.watched && refused.code === 'ENOTDIR' && refused.reason === 'it is no directory');
    fs.closeSync(fd);
    const closed = watcher.watch(1_000_000, 1);
    assert.ok(!closed.watched && closed.code === 'EBADF');
    assert.equal(watcher.statistics().watches, 0);
  });

  it('nothing is told of a directory after unwatch, though its events are queued', async () => {
    const [a, b] = [directory('a', 1), directory('b', 2)];
    for (let i = 0; i < 100; i++) for (const each of [a, b]) fs.writeFileSync(join(each, `n${i}`), '');
    await watcher.sync();
    for (const each of [a, b]) fs.writeFileSync(join(each, 'late'), '');
    const before = kernelWatches();
    watcher.unwatch(1);
    watcher.unwatch(99);
    assert.equal(kernelWatches(), before - 1);
    listener.clear();
    assert.equal(watcher.statistics().watches, 1);
    fs.writeFileSync(join(a, 'later'), '');
    await watcher.sync();
    assert.deepEqual(listener.names(1), []);
    assert.deepEqual(listener.names(2), ['late']);
    assert.deepEqual(listener.others(), []);
    watchPath(watcher, a, 1);
    fs.writeFileSync(join(a, 'again'), '');
    await watcher.sync();
    assert.deepEqual(listener.names(1), ['again']);
  });

  it('a directory may have two keys; each is told, until it is let go', async () => {
    const a = directory('a', 1);
    watchPath(watcher, a, 2);
    watchPath(watcher, a, 2);
    fs.writeFileSync(join(a, 'x'), '');
    await watcher.sync();
    assert.deepEqual([listener.names(1), listener.names(2)], [['x'], ['x']]);
    watcher.unwatch(1);
    fs.writeFileSync(join(a, 'y'), '');
    await watcher.sync();
    assert.deepEqual([listener.names(1), listener.names(2)], [['x'], ['x', 'y']]);
  });

  it('a key that is given another directory leaves the first', async () => {
    const [a, b] = [directory('a', 1), at('b')];
    fs.mkdirSync(b);
    watchPath(watcher, b, 1);
    fs.writeFileSync(join(a, 'old'), '');
    fs.writeFileSync(join(b, 'new'), '');
    await watcher.sync();
    assert.deepEqual([listener.names(1), watcher.statistics().watches], [['new'], 1]);
  });

  it('a directory that is removed is told with its names, then as unwatched; its key is free', async () => {
    const a = directory('a', 1);
    fs.writeFileSync(join(a, 'x'), '');
    fs.rmSync(a, { recursive: true });
    await watcher.sync();
    assert.deepEqual([listener.names(1), listener.others()], [['x'], ['unwatched 1 removed']]);
    assert.equal(watcher.statistics().watches, 0);
    watcher.unwatch(1);
    fs.mkdirSync(a);
    watchPath(watcher, a, 1);
    fs.writeFileSync(join(a, 'y'), '');
    await watcher.sync();
    assert.deepEqual(listener.names(1), ['x', 'y']);
  });

  it('a directory that is moved stays watched, and says that its name has changed', async () => {
    const a = directory('a', 1);
    fs.renameSync(a, join(top, 'elsewhere'));
    fs.writeFileSync(join(top, 'elsewhere', 'x'), '');
    await watcher.sync();
    assert.deepEqual([listener.names(1), listener.others()], [['x'], ['self 1']]);
  });

  const noMount = process.getuid?.() === 0 ? '' : ' (skipped: needs root)';
  it(`a file system that is unmounted takes its watches along, and says so${noMount}`, async function () {
    if (noMount !== '') this.skip();
    fs.mkdirSync(at('m'));
    execFileSync('mount', ['-t', 'tmpfs', 'osmofs-test', at('m')]);
    let mounted = true;
    try {
      directory('m/a', 1);
      execFileSync('umount', [at('m')]);
      mounted = false;
      await watcher.sync();
      assert.deepEqual(listener.others(), ['unwatched 1 unmounted']);
    } finally {
      if (mounted) execFileSync('umount', ['-l', at('m')]);
    }
  });

  it('names are bytes: a newline, invalid UTF-8', async () => {
    const a = directory('a', 1);
    const names = ['a\nb', '\xff\xfe\x80', '\xc3'];
    for (const name of names) fs.writeFileSync(Buffer.from(`${a}/${name}`, 'latin1'), '');
    await watcher.sync();
    assert.deepEqual(listener.names(1), [...names].sort());
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
  ] as const) {
    it(`a root that is ${what} is "everything"`, async () => {
      const held = fs.openSync(root, 'r');
      fs.mkdirSync(join(top, 'neighbour'));
      fs.chmodSync(root, 0o755);
      await watcher.sync();
      assert.deepEqual(listener.others(), []);
      replace();
      await watcher.sync();
      assert.ok(listener.others().includes('everything root-replaced'), listener.others().join());
      fs.closeSync(held);
    });
  }

  it('what the listener throws is thrown on, and the watcher goes on', async () => {
    const a = directory('a', 1);
    const { deliver } = listener;
    let thrown: unknown;
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', (error) => {
      thrown = error;
    });
    try {
      await watcher.close();
      let first = true;
      const failing = (batch: Parameters<typeof deliver>[0]) => {
        deliver(batch);
        if (first) {
          first = false;
          throw new Error('a defect of the listener');
        }
      };
      watcher = InotifyWatcher.open({ root, deliver: failing }) as InotifyWatcher;
      watchPath(watcher, a, 1);
      fs.writeFileSync(join(a, 'x'), '');
      await watcher.sync();
      await until(() => thrown !== undefined, 'the exception');
      fs.writeFileSync(join(a, 'y'), '');
      await watcher.sync();
    } finally {
      for (const each of before) process.on('uncaughtException', each);
    }
    assert.equal((thrown as Error).message, 'a defect of the listener');
    assert.deepEqual(listener.names(1), ['x', 'y']);
  });

  it('after close nothing is delivered, nothing is left, and sync() says so', async () => {
    const a = directory('a', 1);
    const open = fs.readdirSync('/proc/self/fd').length;
    fs.writeFileSync(join(a, 'x'), '');
    const waiting = assert.rejects(watcher.sync(), /it was closed/);
    await watcher.close();
    await watcher.close();
    await waiting;
    assert.equal(listener.batches.length, 0);
    assert.ok(fs.readdirSync('/proc/self/fd').length < open);
    await assert.rejects(watcher.sync(), /it was closed/);
    assert.ok(!watcher.watch(0, 1).watched);
    watcher.unwatch(1);
  });
});
