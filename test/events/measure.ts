/**
 * How long a change of the host takes to arrive, on this machine:
 *
 *     node dist/test/events/measure.js [--target native|consistent|cached|delegated] [--count N] [--burst N]
 *
 * Latency: one process writes to the host's file and waits for the MODIFY of its own watch on the mount, N times. Burst: another
 * process creates and writes N files as fast as it can, the watcher reads meanwhile; then how long after the last write the last event
 * came, and how long until both sides' trees were the same. Prints figures; asserts nothing but that something arrives.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { IN } from '../../native/os-watch.js';
import { PATIENCE } from '../support/patience.js';
import * as sys from '../support/sys.js';
import { compareTrees, readTree } from '../support/trees.js';
import { COOKIE, type Seen } from './protocol.js';
import { type TargetName, targets } from './targets/index.js';
import type { Target } from './targets/target.js';
import { Watches } from './watches.js';

const { values } = parseArgs({
  options: {
    target: { type: 'string', default: 'native' },
    count: { type: 'string', default: '1000' },
    burst: { type: 'string', default: '10000' },
  },
});

const now = () => Number(process.hrtime.bigint()) / 1e3;
const watches = new Watches();

/** Reads until the condition holds for what has come; fails when for so long nothing has. */
function readUntil(condition: (events: Seen[]) => boolean): void {
  let end = performance.now() + PATIENCE;
  const events: Seen[] = [];
  for (;;) {
    watches.drain();
    const fresh = watches.take();
    for (const event of fresh) events.push(event);
    if (condition(events)) return;
    if (fresh.length > 0) end = performance.now() + PATIENCE;
    const left = end - performance.now();
    if (left <= 0) throw new Error(`no event for ${PATIENCE} ms; ${events.length} had come`);
    sys.readable([watches.fd], left);
  }
}

function latency(target: Target, count: number): void {
  const file = `${target.host}/latency/f`;
  sys.mkdir(`${target.host}/latency`);
  sys.writeFile(file, 'content');
  watches.add({ label: '.', path: `${target.views.plain}/latency`, late: false });
  const took: number[] = [];
  for (let i = 0; i < count; i++) {
    const fd = sys.open(file, sys.C.O_WRONLY | sys.C.O_APPEND);
    const start = now();
    sys.write(fd, 'x');
    readUntil((events) => events.some(({ mask }) => (mask & IN.MODIFY) !== 0));
    took.push(now() - start);
    sys.close(fd);
    readUntil((events) => events.some(({ mask }) => (mask & IN.CLOSE_WRITE) !== 0));
  }
  watches.clear();
  took.sort((a, b) => a - b);
  const at = (part: number) => took[Math.min(took.length - 1, Math.floor(took.length * part))]!.toFixed(0);
  console.log(`${target.name}: write → event, ${count} times: median ${at(0.5)} µs, p99 ${at(0.99)} µs`);
}

/** Writes the files, then a cookie; says in `report` when it began and ended, µs of CLOCK_MONOTONIC. */
const WRITER = `
  const fs = require('node:fs');
  const [dir, report, cookie, count] = process.argv.slice(1);
  const now = () => Number(process.hrtime.bigint()) / 1e3;
  const start = now();
  for (let i = 0; i < Number(count); i++) fs.writeFileSync(dir + '/f' + i, 'content of ' + i);
  const end = now();
  fs.writeFileSync(report, JSON.stringify([start, end]));
  fs.writeFileSync(dir + '/' + cookie, '');
`;

async function burst(target: Target, count: number): Promise<void> {
  const dir = `${target.host}/burst`;
  const view = `${target.views.plain}/burst`;
  const report = `${target.outside}/report`;
  const cookie = `${COOKIE}burst`;
  sys.mkdir(dir);
  watches.add({ label: '.', path: view, late: false });
  const writer = spawn(process.execPath, ['-e', WRITER, dir, report, cookie, String(count)], { stdio: 'inherit' });
  const exit = once(writer, 'exit');
  const names = new Set<string>();
  let events = 0;
  let lost = false;
  let last = 0;
  let seen = 0;
  let vain = '';
  try {
    readUntil((all) => {
      for (; seen < all.length; seen++) {
        events++;
        names.add(all[seen].name);
        lost ||= (all[seen].mask & IN.Q_OVERFLOW) !== 0;
        last = now();
      }
      return watches.arrived.has(cookie) || lost;
    });
    await exit;
  } catch (error) {
    // Still worth saying what did arrive.
    vain = `, then ${(error as Error).message}`;
  } finally {
    writer.kill();
    await exit;
  }
  const [start, end] = JSON.parse(readFileSync(report, 'utf8')) as [number, number];
  const deadline = now() + PATIENCE * 1e3;
  let differences: string[];
  do differences = compareTrees(readTree(dir), readTree(view), { owners: target.owners });
  while (differences.length > 0 && now() < deadline);
  const equal = now();
  watches.clear();
  const ms = (time: number) => `${(time / 1e3).toFixed(0)} ms`;
  console.log(
    `${target.name}: ${count} files written in ${ms(end - start)}: ${events} events of ${names.size} names` +
      `${lost ? ', the watcher’s queue overflowed' : ''}${vain}; last event ${ms(last - end)} after the last write, trees ` +
      (differences.length > 0 ? `differ: ${differences.length} times` : `found equal ${ms(equal - end)} after it`),
  );
}

const makeTarget = targets[values.target as TargetName];
if (makeTarget === undefined) throw new Error(`no such target; there are: ${Object.keys(targets).join(', ')}`);
const target = await makeTarget();
try {
  latency(target, Number(values.count));
  await burst(target, Number(values.burst));
} finally {
  await target.dispose();
}
