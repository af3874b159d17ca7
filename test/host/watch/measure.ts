/**
 * What the feed of inotify costs: watches on 5,000 directories with 100,000 files, a change of every file by another process,
 * bursts of its own process, drains. `node dist/test/host/watch/measure.js`; prints times and memory, asserts nothing.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scratch } from '../../../host/share-root.js';
import type { FeedSink } from '../../../host/watch/feed.js';
import { InotifyFeed } from '../../../host/watch/linux/inotify-feed.js';
import { check, INOTIFY_QUEUE, os } from '../../../native/index.js';
import { atExit } from '../../support/at-exit.js';
import { watchPath } from './support/sink.js';

const DIRECTORIES = 5_000;
const FILES = 20;
const BURST = 10_000;
const DRAINS = 20_000;

const root = mkdtempSync(join(tmpdir(), 'osmofs-measure-'));
const remove = atExit(() => rmSync(root, { recursive: true, force: true }));
for (let d = 0; d < DIRECTORIES; d++) {
  mkdirSync(join(root, `d${d}`));
  for (let f = 0; f < FILES; f++) writeFileSync(join(root, `d${d}`, `f${f}`), '');
}

const MiB = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const memory = () => {
  globalThis.gc?.();
  return process.memoryUsage.rss();
};

let told = 0;
const losses: string[] = [];
const sink: FeedSink = {
  event: () => {
    told++;
  },
  dirty: () => {},
  self: () => {},
  directory: () => {},
  ended: () => {},
  everything: (loss) => {
    losses.push(loss);
  },
};

const rootFd = openSync(root, 'r');
const waker = check(os.wakerCreate(), 'wakerCreate');
const region = scratch();
const before = memory();
let start = performance.now();
const opened = InotifyFeed.open({ root, rootFd, waker, scratch: region });
if (!(opened instanceof InotifyFeed)) throw new Error(opened.reason);
const feed = opened;
console.log(`opened in ${(performance.now() - start).toFixed(1)} ms, ${MiB(memory() - before)}`);

const fds = Array.from({ length: DIRECTORIES }, (_, d) => openSync(join(root, `d${d}`), 'r'));
const opening = memory();
start = performance.now();
for (const [d, fd] of fds.entries()) if (!feed.watch(fd, d).watched) throw new Error('no watch');
const each = ((performance.now() - start) * 1000) / DIRECTORIES;
console.log(
  `a watch: ${each.toFixed(1)} µs, ${Math.round((memory() - opening) / DIRECTORIES)} bytes (the kernel's beside)`,
);
for (const fd of fds) closeSync(fd);

function drain(): { microseconds: number; events: number } {
  const events = told;
  start = performance.now();
  feed.drain(sink);
  return { microseconds: (performance.now() - start) * 1000, events: told - events };
}

/** Has another process write to every file; the milliseconds it took. */
function written(): number {
  const script = `const fs = require('fs');
    for (let d = 0; d < ${DIRECTORIES}; d++) for (let f = 0; f < ${FILES}; f++) fs.writeFileSync('${root}/d' + d + '/f' + f, 'x');`;
  const begin = performance.now();
  spawnSync(process.execPath, ['-e', script], { stdio: 'inherit' });
  return performance.now() - begin;
}

for (let round = 0; round < 2; round++) {
  const base = memory();
  const took = written();
  const full = memory();
  const { microseconds, events } = drain();
  console.log(
    `${DIRECTORIES * FILES} files written by another process in ${took.toFixed(0)} ms, nobody drains: ${events} events, ` +
      `losses [${losses.splice(0)}], ${MiB(full - base)} meanwhile, ${MiB(memory() - base)} after; ` +
      `drain ${(microseconds / 1000).toFixed(1)} ms, ${((microseconds * 1000) / events).toFixed(0)} ns per event`,
  );
}

const burst = join(root, 'burst');
mkdirSync(burst);
watchPath(feed, burst, DIRECTORIES);
for (const [what, make] of [
  ['files written', (path: string) => writeFileSync(path, 'x')],
  ['symlinks made', (path: string) => symlinkSync('x', path)],
] as const) {
  for (const watched of [true, false]) {
    if (watched) watchPath(feed, burst, DIRECTORIES);
    else feed.unwatch(DIRECTORIES);
    start = performance.now();
    for (let i = 0; i < BURST; i++) make(join(burst, `${what}-${watched}-${i}`));
    const took = performance.now() - start;
    const { microseconds, events } = drain();
    const dear = events === 0 ? '' : `, ${((microseconds * 1000) / events).toFixed(0)} ns per event`;
    console.log(
      `${BURST} ${what} by this process, ${watched ? 'watched' : 'not watched'}: ${((took * 1000) / BURST).toFixed(1)} µs each; ` +
        `${events} events, drain ${(microseconds / 1000).toFixed(1)} ms${dear}, losses [${losses.splice(0)}]`,
    );
  }
}

watchPath(feed, burst, DIRECTORIES);
const figure = (name: 'signals' | 'events') => {
  // The only one of this process.
  check(os.inotifyQueueStatistics(1, region.offset), 'inotifyQueueStatistics');
  return Buffer.from(region.memory.buffer).readUInt32LE(region.offset + INOTIFY_QUEUE[name]);
};
for (const [what, change] of [
  ['nothing', () => {}],
  ['one event', (i: number) => symlinkSync('x', join(burst, `drain-${i}`))],
] as const) {
  const signals = figure('signals');
  const times: number[] = [];
  start = performance.now();
  const begin = performance.now();
  for (let i = 0; i < DRAINS; i++) {
    change(i);
    times.push(drain().microseconds);
  }
  const took = performance.now() - begin;
  times.sort((a, b) => a - b);
  console.log(
    `a drain of ${what}: median ${times[DRAINS / 2].toFixed(2)} µs, p99 ${times[DRAINS * 0.99].toFixed(1)} µs; ` +
      `${((took * 1000) / DRAINS).toFixed(1)} µs a round; the waker signalled ${figure('signals') - signals} times in ${DRAINS}`,
  );
}
feed.close();
remove();
rmSync(root, { recursive: true, force: true });
