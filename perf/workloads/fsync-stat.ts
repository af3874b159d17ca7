import { mkdirSync, rmSync } from 'node:fs';
import { median } from '../statistics.js';
import { numbers, type Workload } from './workload.js';

const STREAMS = 4;

/** One process calls lstat(2), first alone, then while four others on the same mount write 64 KiB and fsync(2). */
export const fsyncStat: Workload = {
  name: 'fsync-stat',
  title: 'stat while four streams fsync, over stat alone',
  unit: 'ratio',
  needsServer: true,
  limit: { against: 'itself', atMost: 2 },
  async run({ dir }, { quick }, timed) {
    const place = `${dir}/fsync-stat`;
    mkdirSync(place);
    try {
      const raw = await timed('fsync-stat', place, quick ? 300 : 2000, STREAMS);
      return { value: median(numbers(raw, 'busy')) / median(numbers(raw, 'idle')), raw };
    } finally {
      rmSync(place, { recursive: true });
    }
  },
};
