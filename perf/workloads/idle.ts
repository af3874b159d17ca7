import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuSeconds } from '../processes.js';
import type { Workload } from './workload.js';

/**
 * How long the traffic's own aftermath may take, seconds: spinning threads go to sleep, and V8 returns memory when nothing has
 * happened for 8 s, twice.
 */
const AFTERMATH = 60;
/** Without any processor time: longer than V8 waits. */
const QUIET = 10;

/** Waits for the aftermath's end. A server that never comes to rest shows in the figure that follows. */
async function untilQuiet(servers: readonly number[]): Promise<void> {
  let quiet = 0;
  for (let second = 0, before = cpuSeconds(servers); second < AFTERMATH && quiet < QUIET; second++) {
    await pause(1000);
    const after = cpuSeconds(servers);
    quiet = after === before ? quiet + 1 : 0;
    before = after;
  }
}

/** Processor time of every process of the server while nobody asks for anything, after some traffic. */
export const idle: Workload = {
  name: 'idle',
  title: 'processor time when idle',
  unit: 'cpu',
  needsServer: true,
  anew: true,
  // Two ticks of the clock that processor time is counted in, 10 ms, in 20 s: a tick falls to whoever runs at that moment.
  limit: { against: 'itself', atMost: 0.001 },
  async prepare({ host }) {
    writeFileSync(`${host}/idle`, 'x');
  },
  async run({ dir, servers }, { quick }, timed) {
    await timed('stat', `${dir}/idle`, 2000);
    await untilQuiet(servers());
    const seconds = quick ? 3 : 20;
    const before = cpuSeconds(servers());
    await pause(seconds * 1000);
    const used = cpuSeconds(servers()) - before;
    return { value: used / seconds, raw: { used, seconds } };
  },
};
