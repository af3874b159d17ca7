/**
 * What watching costs: watches on 5,000 directories with 100,000 files, then a change of every file by another process.
 * `node dist/test/host/watch/measure.js`; prints times and memory, asserts that nothing is lost in silence.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InotifyWatcher } from '../../../host/watch/linux/inotify.js';
import type { Batch } from '../../../host/watch/watcher.js';
import { atExit } from '../../support/at-exit.js';

const DIRECTORIES = 5_000;
const FILES = 20;

const root = mkdtempSync(join(tmpdir(), 'osmofs-measure-'));
const remove = atExit(() => rmSync(root, { recursive: true, force: true }));
for (let d = 0; d < DIRECTORIES; d++) {
  mkdirSync(join(root, `d${d}`));
  for (let f = 0; f < FILES; f++) writeFileSync(join(root, `d${d}`, `f${f}`), '');
}

const MiB = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const say = (what: string, since: number, memory: number) =>
  console.log(
    `${what}: ${(performance.now() - since).toFixed(0)} ms, ${MiB(process.memoryUsage.rss() - memory)} more memory`,
  );

/** Writes to every file; resolves with the milliseconds it took. */
async function writer(): Promise<number> {
  const script = `const fs = require('fs');
    for (let d = 0; d < ${DIRECTORIES}; d++) for (let f = 0; f < ${FILES}; f++) fs.writeFileSync('${root}/d' + d + '/f' + f, 'x');`;
  const start = performance.now();
  await once(spawn(process.execPath, ['-e', script], { stdio: 'inherit' }), 'exit');
  return performance.now() - start;
}

const before = process.memoryUsage.rss();
let start = performance.now();
let names = 0;
let seen = new Set<number>();
const deliver = ({ changes }: Batch) => {
  for (const change of changes) {
    if (change.kind === 'names') names += change.names.length;
    if (change.kind !== 'everything') seen.add(change.key);
  }
};
const watcher = InotifyWatcher.open({ root, deliver });
if (!(watcher instanceof InotifyWatcher)) throw new Error(watcher.reason);
const bare = performance.now();
for (let d = 0; d < DIRECTORIES; d++) {
  const fd = openSync(join(root, `d${d}`), 'r');
  const outcome = watcher.watch(fd, d);
  closeSync(fd);
  if (!outcome.watched) throw new Error(outcome.reason);
}
console.log(`of it opening and watching: ${(performance.now() - bare).toFixed(0)} ms`);
await watcher.sync();
say(`${DIRECTORIES} watches, until the first sync`, start, before);

for (const [what, blocked] of [
  ['awake', false],
  ['blocked for 3 s', true],
] as const) {
  names = 0;
  seen = new Set();
  const { events, batches } = watcher.statistics();
  const written = writer();
  if (blocked) for (const end = performance.now() + 3000; performance.now() < end; );
  const took = await written;
  start = performance.now();
  await watcher.sync();
  const late = performance.now() - start;
  const now = watcher.statistics();
  console.log(
    `${DIRECTORIES * FILES} files written in ${took.toFixed(0)} ms, listener ${what}: ${now.events - events} events, ` +
      `${now.batches - batches} batches, ${names} names of ${seen.size} directories, losses ${JSON.stringify(now.losses)}, ` +
      `all there ${late.toFixed(0)} ms after the last`,
  );
}
const latencies: number[] = [];
for (let round = 0; round < 500; round++) {
  start = performance.now();
  await watcher.sync();
  latencies.push(performance.now() - start);
}
latencies.sort((a, b) => a - b);
console.log(
  `sync() of nothing: median ${(latencies[250] * 1000).toFixed(0)} µs, p99 ${(latencies[495] * 1000).toFixed(0)} µs`,
);
say('at the end', performance.now(), before);
await watcher.close();
remove();
rmSync(root, { recursive: true, force: true });
