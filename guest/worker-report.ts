/** What the main thread gives to a mount's worker, and what the worker says. */
import type { LocalAnswersOptions } from './local-answers.js';
import type { MountCall } from './mount-calls.js';

/** Numbers of native objects are valid in every thread of the process. */
export interface WorkerData {
  /** to be run before the first request is read */
  readonly calls: readonly MountCall[];
  readonly fuseFd: number;
  readonly metaLane: number;
  readonly dataLane: number;
  /** interrupts every wait of the worker */
  readonly waker: number;
  readonly announcer: number;
  readonly pump: number;
  /** longest message either way, bytes */
  readonly largest: number;
  /** what need not be forwarded */
  readonly local: LocalAnswersOptions;
  /** see counters.ts */
  readonly counters: Float64Array;
  /** what is to be done at the next wake-up: {@link Ask} */
  readonly ask: Int32Array;
  /** the daemon lets it keep what is written for a while */
  readonly writeBehind: boolean;
}

/** Shared words, by index; not 0: it is wanted. */
export const Ask = { STOP: 0, DRAIN: 1 } as const;

/** In the order in which they come. */
export type WorkerMessage =
  /** the calls have been run: 0 or -errno; after an errno it ends without a report */
  | { readonly mounted: number }
  /** the kernel has taken the answer to its first request, INIT */
  | { readonly initialised: true }
  /** what was kept is on the host: 0; or a positive errno of what could not be written */
  | { readonly drained: number }
  /** mounts have come or gone in the guest */
  | { readonly mountsChanged: true }
  /** the last one */
  | { readonly report: WorkerReport };

/** Where the reason for the end was found. */
export const End = {
  /** the main thread asked for it */
  ASKED: 'asked',
  /** reading /dev/fuse */
  KERNEL: 'kernel',
  /** the metadata lane, or sending on either lane */
  LANE: 'lane',
  /** handing a message of the daemon to the kernel, or taking it apart */
  DELIVERY: 'delivery',
  /** the thread that copies the data lane's replies */
  PUMP: 'pump',
  /** waiting itself */
  FAILED: 'failed',
} as const;
export type End = (typeof End)[keyof typeof End];

export interface WorkerReport {
  readonly end: End;
  /** what the native call returned: -errno or a special result of os.ts */
  readonly code: number;
  /** positive errno if something that was acknowledged could not be written and a drain has not said so */
  readonly lost: number;
}
