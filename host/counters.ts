/**
 * What a mount has done, in memory that the workers write and the main thread reads without asking them: one 64-bit float
 * per figure (exact up to 2^53).
 */
import { OPCODE_MAX, opcodeName } from '../protocol/fuse/opcodes.js';

const OPCODES = OPCODE_MAX + 1;
const REQUESTS = 0;
const ERRORS = REQUESTS + OPCODES;
const FIGURES = ERRORS + OPCODES;
export const Figure = {
  NODES: FIGURES,
  HANDLES: FIGURES + 1,
  DESCRIPTORS: FIGURES + 2,
  LOCK_OWNERS: FIGURES + 3,
  EXCESS_FORGETS: FIGURES + 4,
  BYTES_READ: FIGURES + 5,
  BYTES_WRITTEN: FIGURES + 6,
  WATCHED: FIGURES + 7,
  UNWATCHED: FIGURES + 8,
  ANNOUNCED: FIGURES + 9,
  INJECTED: FIGURES + 10,
  INJECT_FAILED: FIGURES + 11,
  RESETS: FIGURES + 12,
} as const;
const COUNT = FIGURES + 13;

export interface MountStatistics {
  /** requests and failed ones by operation; those that never came are left out */
  requests: Record<string, number>;
  errors: Record<string, number>;
  /** nodes the guest knows, open files and directories, descriptors held for nodes, lock owners */
  nodes: number;
  handles: number;
  descriptors: number;
  lockOwners: number;
  /** forgets beyond the count: 0 unless somebody is wrong */
  excessForgets: number;
  bytesRead: number;
  bytesWritten: number;
  /** directories whose changes on the host are watched, and how often one could not be */
  watched: number;
  unwatched: number;
  /** what the guest was told of changes by the host: in all, system calls among them, and those that failed */
  announced: number;
  injected: number;
  injectFailed: number;
  /** how often events of the host were lost and everything was compared */
  resets: number;
}

export class Counters {
  readonly figures: Float64Array;

  constructor(readonly shared: SharedArrayBuffer = new SharedArrayBuffer(COUNT * 8)) {
    this.figures = new Float64Array(shared);
  }

  request(opcode: number): void {
    if (opcode < OPCODES) this.figures[REQUESTS + opcode]++;
  }

  error(opcode: number): void {
    if (opcode < OPCODES) this.figures[ERRORS + opcode]++;
  }

  read(): MountStatistics {
    const f = this.figures;
    const requests: Record<string, number> = {};
    const errors: Record<string, number> = {};
    for (let opcode = 0; opcode < OPCODES; opcode++) {
      if (f[REQUESTS + opcode] > 0) requests[opcodeName(opcode)] = f[REQUESTS + opcode];
      if (f[ERRORS + opcode] > 0) errors[opcodeName(opcode)] = f[ERRORS + opcode];
    }
    return {
      requests,
      errors,
      nodes: f[Figure.NODES],
      handles: f[Figure.HANDLES],
      descriptors: f[Figure.DESCRIPTORS],
      lockOwners: f[Figure.LOCK_OWNERS],
      excessForgets: f[Figure.EXCESS_FORGETS],
      bytesRead: f[Figure.BYTES_READ],
      bytesWritten: f[Figure.BYTES_WRITTEN],
      watched: f[Figure.WATCHED],
      unwatched: f[Figure.UNWATCHED],
      announced: f[Figure.ANNOUNCED],
      injected: f[Figure.INJECTED],
      injectFailed: f[Figure.INJECT_FAILED],
      resets: f[Figure.RESETS],
    };
  }
}
