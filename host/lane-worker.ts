/** What the main thread and a lane's worker tell each other, and what both do at a lane's end. */
import type { MessagePort } from 'node:worker_threads';
import { type Os, WOKEN } from '../native/os.js';
import type { CachePolicy } from './cache/policy.js';
import type { OwnershipOptions } from './ownership/kind.js';

export interface LaneData {
  readonly lane: number;
  readonly waker: number;
  readonly slots: number;
  readonly handleCapacity: number;
  /** the lane's bytes are in shared memory */
  readonly shared: boolean;
  readonly rootFd: number;
  readonly readOnly: boolean;
  readonly policy: CachePolicy;
  readonly ownership: OwnershipOptions;
  readonly descriptorBudget: number;
  /** one s32: not 0 = end now (the waker says that there is something to look at) */
  readonly stop: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
  /** absolute real path of the share root */
  readonly root: string;
  /** the agent carries out announcements: the guest can be told of changes by the host */
  readonly told: boolean;
  /** records of the data lane's writes (live/writes.ts) */
  readonly writes: SharedArrayBuffer;
  /** what the mounts of this daemon change (live/clients.ts), and the place of this one */
  readonly clients: SharedArrayBuffer;
  readonly client: number;
  /** waker of the metadata lane, for the data lane */
  readonly metaWaker: number;
  /** where orders come in, announced by the waker; the metadata lane's alone */
  readonly orders: MessagePort | undefined;
  /** what both lanes know of files held by node (held/shared.ts) */
  readonly held: SharedArrayBuffer;
  /** close(2) of the host may have news */
  readonly flushes: boolean;
}

/** What the metadata lane is told while it serves. */
export interface LaneOrder {
  /** descriptors of the directories that stricter mounts rule from now on, open until another order is carried out */
  readonly ruled: readonly number[];
  /** … and of those that are roots of mounts in the guest */
  readonly shown: readonly number[];
  readonly number: number;
}

export interface LaneReport {
  /** a line for the daemon's log */
  readonly log?: string;
  /** the lane's waker is to be signalled in so many ms: a lane has no clock that could wake it */
  readonly alarm?: number;
  /** why the lane has ended; '' = as told */
  readonly ended?: string;
  /** number of an order that has been carried out, in the guest as well */
  readonly done?: number;
}

/**
 * Ends a lane for good: its waits are cancelled, and the operations of the pool that still run are waited for, because
 * they use descriptors that go next. A wake-up meanwhile only repeats that it is to end.
 */
export function closeLane(os: Os, lane: number, waker: number): void {
  os.laneShutdown(lane);
  while (os.laneClose(lane) === WOKEN) os.wakerDrain(waker);
}
