import { writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuSeconds } from '../processes.js';
import type { Workload } from './workload.js';

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
    // The time after the last request belongs to it: spinning threads go to sleep, the collector may run.
    await pause(2000);
    const seconds = quick ? 3 : 20;
    const before = cpuSeconds(servers());
    await pause(seconds * 1000);
    const used = cpuSeconds(servers()) - before;
    return { value: used / seconds, raw: { used, seconds } };
  },
};
