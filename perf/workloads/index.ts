import { create } from './create.js';
import { fsyncStat, fsyncStatLoop } from './fsync-stat.js';
import { idle } from './idle.js';
import { negative } from './negative.js';
import { resident } from './resident.js';
import { fstat, stat, statNames } from './stat.js';
import { sequentialRead, sequentialWrite } from './stream.js';
import type { Workload } from './workload.js';

const KIB = 1024;

/** In the order of the tables. */
export const workloads: readonly Workload[] = [
  fstat,
  stat,
  statNames,
  negative,
  create,
  sequentialWrite(1024 * KIB),
  sequentialWrite(128 * KIB),
  sequentialRead(1024 * KIB),
  sequentialRead(128 * KIB),
  fsyncStat,
  fsyncStatLoop,
  resident,
  idle,
];
