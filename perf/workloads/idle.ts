import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuSeconds } from '../processes.js';
import type { Workload } from './workload.js';

/** How long the traffic's own aftermath may take: spinning threads go to sleep, the collector returns memory. */
const AFTERMATH_SECONDS = 30;

/** Waits for the first whole second in which none of the processes used any processor time. */
async function quietSecond(servers: readonly number[]): Promise<void> {
  for (let second = 0, before = cpuSeconds(servers); second < AFTERMATH_SECONDS; second++) {
    await pause(1000);
    const after = cpuSeconds(servers);
    if (after === before) return;
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
  // What rounds to 0 %.
  limit: { against: 'itself', atMost: 0.005 },
  async prepare({ host }) {
    writeFileSync(`${host}/idle`, 'x');
  },
  async run({ dir, servers }, { quick }, timed) {
    await timed('stat', `${dir}/idle`, 2000);
    // A server that never comes to rest shows in the figure.
    await quietSecond(servers());
    const seconds = quick ? 3 : 20;
    const before = cpuSeconds(servers());
    await pause(seconds * 1000);
    const used = cpuSeconds(servers()) - before;
    return { value: used / seconds, raw: { used, seconds } };
  },
};
