/** The threads of one mount: the worker, the pump of the data lane and the announcer, and what they hold. */
import { Worker } from 'node:worker_threads';
import { ANNOUNCER_COUNTS, os } from '../native/index.js';
import { Errno } from '../protocol/errno.js';
import { createCounters } from './counters.js';
import { MountFailure } from './failure.js';
import type { LaneSocket } from './link.js';
import type { LocalAnswersOptions } from './local-answers.js';
import { mainArena } from './main-arena.js';
import type { MountCall } from './mount-calls.js';
import { type Outcome, outcomeOf } from './outcome.js';
import { Ask, End, type WorkerData, type WorkerMessage, type WorkerReport } from './worker-report.js';

/** Of the worker's isolate, MiB. It allocates nothing per request; its buffers are not in this memory. */
const MEMORY = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1, codeRangeSizeMb: 8 };

export interface ServiceOptions {
  /** what the worker does first; see attach.ts */
  readonly calls: readonly MountCall[];
  /** descriptor of /dev/fuse; stays the caller's */
  readonly fuseFd: number;
  /** sockets of the lanes; the service owns them from the call on, also if it fails */
  readonly meta: LaneSocket;
  readonly data: LaneSocket;
  /** longest message, bytes */
  readonly largest: number;
  /** what need not be forwarded */
  readonly local: LocalAnswersOptions;
  /** the daemon announces more than notifications */
  readonly announcements: boolean;
  /** see write-behind.ts */
  readonly writeBehind: boolean;
}

/** How it ended. */
export interface Ended extends Outcome {
  /** see WorkerReport */
  readonly lost: number;
}

/** Undoes in reverse order what was made. */
class Undo {
  readonly #steps: (() => void)[] = [];

  /** @returns `result`, a non-negative result of os.ts, and keeps how to undo it. @throws MountFailure */
  made(result: number, doing: string, undo: (result: number) => unknown): number {
    if (result < 0) throw MountFailure.of(result, `cannot ${doing}`);
    this.#steps.push(() => undo(result));
    return result;
  }

  all(): void {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) step();
  }
}

export class Service {
  readonly counters = createCounters();
  /** Settles when the calls have been run: 0 or -errno; never rejects. */
  readonly mounted: Promise<number>;
  /** Settles when INIT has been answered; maybe never. */
  readonly initialised: Promise<void>;
  /** Settles when the worker has ended; never rejects. */
  readonly ended: Promise<Ended>;
  /** See {@link follow}. */
  mountsChanged: () => void = () => {};
  /** Number of the native object, good until `close`. */
  readonly announcer: number;
  readonly #undo = new Undo();
  readonly #ask = new Int32Array(new SharedArrayBuffer(Object.keys(Ask).length * Int32Array.BYTES_PER_ELEMENT));
  readonly #worker: Worker;
  #draining: Promise<number> | undefined;
  readonly #waker: number;
  readonly #lanes: number[] = [];
  /** Sockets that a lane has taken over and closes. */
  readonly #used = new Set<number>();
  readonly #exited: Promise<void>;

  /** @throws MountFailure; everything it was given except `fuseFd` is closed then */
  constructor(options: ServiceOptions) {
    const { calls, fuseFd, largest, local, announcements, writeBehind } = options;
    try {
      const { meta, data } = options;
      this.#undo.made(meta.socket, 'open the metadata lane', this.#closeUnused);
      this.#undo.made(data.socket, 'open the data lane', this.#closeUnused);
      this.#waker = this.#undo.made(os.wakerCreate(), 'make a waker', os.close);
      const metaLane = this.#lane(meta, largest);
      const dataLane = this.#lane(data, largest);
      const announced = os.announcerStart(fuseFd, announcements ? metaLane : 0);
      const announcer = this.#undo.made(announced, 'start the announcer', os.announcerStop);
      this.announcer = announcer;
      // Its end has to reach the worker, which waits for everything else.
      const pump = this.#undo.made(os.pumpStart(dataLane, fuseFd, this.#waker), 'start the pump', os.pumpStop);
      const worker = this.#start({ calls, fuseFd, metaLane, dataLane, announcer, pump, largest, local, writeBehind });
      this.#worker = worker;
      this.#exited = new Promise((resolve) => worker.once('exit', () => resolve()));
      this.ended = outcome(worker);
      this.initialised = new Promise((resolve) =>
        onMessage(worker, (message) => 'initialised' in message && resolve()),
      );
      onMessage(worker, (message) => 'mountsChanged' in message && this.mountsChanged());
      const mounted = new Promise<number>((resolve) => {
        onMessage(worker, (message) => 'mounted' in message && resolve(message.mounted));
      });
      this.mounted = Promise.race([mounted, this.#exited.then(() => -Errno.EIO)]);
    } catch (error) {
      this.#undo.all();
      throw error;
    }
  }

  /** What it serves is mounted as `mountId`; `watched`: `mountsChanged` is called from now on. */
  follow(mountId: number, watched: boolean): void {
    os.announcerFollow(this.announcer, mountId, watched ? this.#waker : -1);
  }

  /** Injected calls so far: those that were made, and the others. */
  injections(): { readonly made: number; readonly failed: number } {
    const counts = new DataView(mainArena(), 0, ANNOUNCER_COUNTS.size);
    if (os.announcerCounts(this.announcer, 0) < 0) return { made: 0, failed: 0 };
    const at = (offset: number) => counts.getUint32(offset, true);
    const { injected, stale, busy, refused } = ANNOUNCER_COUNTS;
    return { made: at(injected), failed: at(stale) + at(busy) + at(refused) };
  }

  /**
   * Has everything written that was acknowledged and is kept. Result: 0, or the errno of what could not be written, be it now or
   * since the last time; EIO if the worker ends meanwhile.
   */
  drain(): Promise<number> {
    this.#draining ??= new Promise<number>((resolve) => {
      const drained = (message: WorkerMessage) => 'drained' in message && done(message.drained);
      const done = (errno: number) => {
        this.#worker.off('message', drained);
        this.#draining = undefined;
        resolve(errno);
      };
      onMessage(this.#worker, drained);
      void this.#exited.then(() => done(Errno.EIO));
      Atomics.store(this.#ask, Ask.DRAIN, 1);
      os.wakerSignal(this.#waker);
    });
    return this.#draining;
  }

  /** Ends the worker: afterwards nobody reads requests, and no wait of this mount is left but the announcer's. */
  async stop(): Promise<void> {
    Atomics.store(this.#ask, Ask.STOP, 1);
    os.wakerSignal(this.#waker);
    await this.#exited;
    for (const lane of this.#lanes) os.laneShutdown(lane);
  }

  /**
   * Ends the other threads and closes everything. The announcer may be in a call that only the end of the connection
   * ends: detach first.
   */
  close(): void {
    this.#undo.all();
  }

  readonly #closeUnused = (socket: number) => {
    if (!this.#used.has(socket)) os.close(socket);
  };

  #lane({ socket, shared }: LaneSocket, largest: number): number {
    const lane = this.#undo.made(os.laneCreate(socket, this.#waker, largest), 'use the lane', os.laneClose);
    this.#used.add(socket);
    this.#lanes.push(lane);
    const accepted = shared ? os.laneShareAccept(lane) : 0;
    if (accepted < 0) throw MountFailure.of(accepted, 'share memory with the daemon');
    return lane;
  }

  #start(numbers: Omit<WorkerData, 'waker' | 'counters' | 'ask'>): Worker {
    const data: WorkerData = { ...numbers, waker: this.#waker, counters: this.counters, ask: this.#ask };
    return new Worker(new URL('./worker.js', import.meta.url), {
      workerData: data,
      resourceLimits: MEMORY,
      execArgv: [],
    });
  }
}

function onMessage(worker: Worker, listener: (message: WorkerMessage) => unknown): void {
  worker.on('message', listener);
}

/** What the worker reports, or for a worker that died of a defect the defect. */
async function outcome(worker: Worker): Promise<Ended> {
  return await new Promise<Ended>((resolve) => {
    let report: WorkerReport = { end: End.FAILED, code: -Errno.EIO, lost: 0 };
    onMessage(worker, (message) => {
      if ('report' in message) report = message.report;
    });
    worker.on('error', (error) =>
      resolve({ reason: `its worker failed: ${error.stack ?? error}`, byKernel: false, lost: 0 }),
    );
    worker.on('exit', () => resolve({ ...outcomeOf(report), lost: report.lost }));
  });
}
