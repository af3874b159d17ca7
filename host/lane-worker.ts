/** What the main thread and a lane's worker tell each other. */
import type { Consistency } from './cache/policy.js';
import type { OwnershipOptions } from './ownership/kind.js';

export interface LaneData {
  readonly lane: number;
  readonly waker: number;
  readonly slots: number;
  readonly handleCapacity: number;
  readonly rootFd: number;
  readonly readOnly: boolean;
  readonly mode: Consistency;
  readonly ownership: OwnershipOptions;
  readonly descriptorBudget: number;
  /** one s32: not 0 = end now (the waker says that there is something to look at) */
  readonly stop: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
}

export interface LaneReport {
  /** a line for the daemon's log */
  readonly log?: string;
  /** why the lane has ended; '' = as told */
  readonly ended?: string;
}
