import { mkdirSync, rmSync } from 'node:fs';
import { median } from '../statistics.js';
import { type Limit, numbers, type Workload } from './workload.js';

const STREAMS = 4;

/** One process calls lstat(2), first alone, then while four others on the same mount write 64 KiB and fsync(2). */
function besideFsync(name: string, title: string, pauseMicroseconds: number, limit?: Limit): Workload {
  return {
    name,
    title,
    unit: 'ratio',
    needsServer: true,
    ...(limit && { limit }),
    async run({ dir }, { quick }, timed) {
      const place = `${dir}/${name}`;
      mkdirSync(place);
      try {
        const raw = await timed('fsync-stat', place, quick ? 300 : 2000, STREAMS, pauseMicroseconds);
        return { value: median(numbers(raw, 'busy')) / median(numbers(raw, 'idle')), raw };
      } finally {
        rmSync(place, { recursive: true });
      }
    },
  };
}

/** Calls that come one at a time, as an editor's or a shell's do: what waits behind an fsync would show here. */
export const fsyncStat = besideFsync(
  'fsync-stat',
  'a stat each ms while four streams fsync, over the same alone',
  1000,
  { against: 'itself', atMost: 2 },
);

/**
 * The same without a pause, for comparison only. Alone, such a loop finds both sides awake and a processor for each; beside
 * eight threads of the streams it takes its turns on two processors. So it says how a machine shares its processors.
 */
export const fsyncStatLoop = besideFsync(
  'fsync-stat-loop',
  'stat in a loop while four streams fsync, over the same alone',
  0,
);
