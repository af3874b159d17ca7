/**
 * One mount as the daemon's main thread sees it: a share root served to one superblock of a guest, by a worker for each
 * of its two lanes. The main thread never touches a request.
 */
import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { check, os } from '../native/index.js';
import type { Grants } from '../protocol/control-messages.js';
import { errnoName } from '../protocol/errno.js';
import { MAX_MESSAGE } from './arena.js';
import { type CachePolicy, type Consistency, grant } from './cache/policy.js';
import { Counters, type MountStatistics } from './counters.js';
import { grantsFor } from './grants.js';
import { heldBytes } from './held/shared.js';
import { closeLane, type LaneData, type LaneOrder, type LaneReport } from './lane-worker.js';
import { CLIENTS_BYTES, join, leave } from './live/clients.js';
import { writeRecordBytes } from './live/writes.js';
import type { OwnershipOptions } from './ownership/kind.js';
import { mountedFileSystems, openShareRoot } from './share-root.js';
import { isExact } from './watch/open.js';

export type LaneKind = 'meta' | 'data';

export interface ServedMountOptions {
  readonly id: number;
  readonly name: string;
  /** absolute real path of the directory */
  readonly root: string;
  readonly mode: Consistency;
  readonly ownership: OwnershipOptions;
  readonly readOnly: boolean;
  /** the agent carries out announcements */
  readonly told: boolean;
  /** the agent can write behind: guest/write-behind.ts */
  readonly behind: boolean;
  /** descriptors the mount may hold for nodes, besides the guest's own open files */
  readonly descriptorBudget: number;
}

interface Events {
  /** the mount is over, for the reason given ('' = ended by us); nothing of it is left */
  ended: [reason: string];
  /** a line for the log */
  log: [text: string];
}

/** Open files and directories a guest may have in one mount; the process's descriptor limit usually comes first. */
const HANDLE_CAPACITY = 65_536;
/**
 * Room per direction of a lane in shared memory. Data: the largest message in one piece, and the next ones on their way. Metadata:
 * many small ones; a large directory listing goes through in pieces. The rings stay resident once they were used.
 */
const RING_BYTES: Record<LaneKind, number> = { meta: 256 << 10, data: 4 << 20 };
/** Lanes keep their long-lived state in typed arrays outside the JavaScript heap: a small young generation is enough. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 128, stackSizeMb: 2 };

/** One for the daemon: see momentary.ts. */
const momentaryLock = new Int32Array(new SharedArrayBuffer(4));
/** One for the daemon. */
const clients = new SharedArrayBuffer(CLIENTS_BYTES);

interface Lane {
  readonly waker: number;
  readonly stop: Int32Array;
  readonly worker: Worker;
  readonly orders: MessagePort;
}

export class ServedMount extends EventEmitter<Events> {
  private readonly counters = new Counters();
  private readonly lanes = new Map<LaneKind, Lane>();
  private resolveGone: () => void = () => {};
  private readonly gone = new Promise<void>((resolve) => {
    this.resolveGone = resolve;
  });
  private readonly writes = new SharedArrayBuffer(writeRecordBytes(HANDLE_CAPACITY));
  private readonly held = new SharedArrayBuffer(heldBytes(HANDLE_CAPACITY));
  private readonly alarms = new Set<NodeJS.Timeout>();
  private client = -1;
  private metaWaker = -1;
  private rootFd = -1;
  private slots = -1;
  private flushes = true;
  private ending: string | undefined;
  /** the last order, for a lane that comes after it, and those that wait to be carried out, by number */
  private order: LaneOrder = { ruled: [], shown: [], number: 0 };
  private readonly ordered = new Map<number, () => void>();
  /** what the agent may answer by itself; known when it is open */
  grants: Grants = { userXattrsOnly: false, flushForLocksOnly: false };

  /** known when it is open */
  policy: CachePolicy;

  constructor(readonly options: ServedMountOptions) {
    super();
    this.policy = grant(options.mode, false, false);
  }

  /** @throws SystemError if the root cannot be opened */
  async open(): Promise<void> {
    this.rootFd = openShareRoot(this.options.root);
    const grants = grantsFor(this.options.root, mountedFileSystems());
    this.flushes = !grants.flushForLocksOnly;
    this.slots = check(os.slotsCreate(HANDLE_CAPACITY), 'slotsCreate');
    this.metaWaker = check(os.wakerCreate(), 'wakerCreate');
    this.client = join(clients, this.options.told);
    const { root, mode, told, behind, readOnly } = this.options;
    this.policy = grant(mode, told && isExact(root, this.rootFd, this.metaWaker), behind && !readOnly);
    // The kernel has to hear our own answer: ENOSYS, and it does not ask any more.
    this.grants = { ...grants, flushForLocksOnly: grants.flushForLocksOnly && !this.policy.noOpen };
  }

  /**
   * Takes a connected socket over and serves it. Each kind once. `shared`: the agent waits for memory to be offered over
   * it (SHARED_LANES). What cannot be served ends the mount: the caller, in the midst of a hello, could do nothing about it.
   */
  attachLane(kind: LaneKind, fd: number, shared = false): void {
    if (this.lanes.has(kind) || this.ending !== undefined || this.rootFd < 0) {
      os.close(fd);
      return;
    }
    const waker = kind === 'meta' ? os.duplicate(this.metaWaker) : os.wakerCreate();
    const lane = waker < 0 ? waker : os.laneCreate(fd, waker, MAX_MESSAGE);
    if (lane < 0) {
      if (waker >= 0) os.close(waker);
      os.close(fd);
      void this.end(`the ${kind} lane cannot be served: ${errnoName(-lane)}`);
      return;
    }
    const offered = shared ? os.laneShareOffer(lane, RING_BYTES[kind]) : 0;
    if (offered < 0) {
      // The agent waits for memory and will not hear of any: the lane is of no use, and its end says so.
      closeLane(os, lane, waker);
      os.close(waker);
      void this.end(`the ${kind} lane cannot be shared: ${errnoName(-offered)}`);
      return;
    }
    try {
      this.startWorker(kind, lane, waker, shared);
    } catch (error) {
      // The system has no thread to give.
      closeLane(os, lane, waker);
      os.close(waker);
      void this.end(`the ${kind} lane cannot be served: ${(error as Error).message}`);
    }
  }

  private startWorker(kind: LaneKind, lane: number, waker: number, shared: boolean): void {
    const stop = new SharedArrayBuffer(4);
    const { port1: orders, port2 } = new MessageChannel();
    const workerData: LaneData = {
      lane,
      waker,
      slots: this.slots,
      handleCapacity: HANDLE_CAPACITY,
      shared,
      rootFd: this.rootFd,
      readOnly: this.options.readOnly,
      policy: this.policy,
      ownership: { ...this.options.ownership, momentaryLock },
      descriptorBudget: this.options.descriptorBudget,
      stop,
      counters: this.counters.shared,
      root: this.options.root,
      told: this.options.told,
      writes: this.writes,
      clients,
      client: this.client,
      metaWaker: this.metaWaker,
      orders: port2,
      held: this.held,
      flushes: this.flushes,
    };
    const file = kind === 'meta' ? './metadata-lane.js' : './data-lane.js';
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData,
      transferList: [port2],
      name: `${kind} ${this.options.name}`,
      resourceLimits: RESOURCE_LIMITS,
    });
    orders.unref();
    this.lanes.set(kind, { waker, stop: new Int32Array(stop), worker, orders });
    if (kind === 'meta') this.send(this.order);
    worker.on('message', (report: LaneReport) => {
      if (report.log !== undefined) this.emit('log', report.log);
      if (report.done !== undefined) this.carriedOut(report.done);
      if (report.alarm !== undefined && this.lanes.has(kind)) this.setAlarm(waker, report.alarm);
      if (report.ended !== undefined) void this.end(report.ended);
    });
    worker.on('error', (error) => void this.end(`internal error: ${error.stack ?? error.message}`));
    worker.on('exit', () => {
      // A worker that died without a report (out of memory) has not closed its lane.
      closeLane(os, lane, waker);
      for (const alarm of this.alarms) clearTimeout(alarm);
      this.alarms.clear();
      os.close(waker);
      orders.close();
      this.lanes.delete(kind);
      void this.end('a lane ended');
      this.finishIfDone();
    });
  }

  /**
   * From now on stricter mounts rule the directories of these descriptors and all below them: of what the guest keeps nothing is
   * theirs when this resolves, and they must stay open until it has resolved for others. Never rejects: of a mount that has ended nothing is kept.
   */
  rule(descriptors: readonly number[]): Promise<void> {
    return this.tell({ ...this.order, ruled: descriptors });
  }

  /** From now on these are roots of mounts in the guest: one that the host removes is an error there, and no empty directory. */
  show(descriptors: readonly number[]): Promise<void> {
    return this.tell({ ...this.order, shown: descriptors });
  }

  private tell(order: LaneOrder): Promise<void> {
    this.order = { ...order, number: order.number + 1 };
    return new Promise((resolve) => {
      if (this.ending !== undefined || !this.lanes.has('meta')) resolve();
      else {
        this.ordered.set(this.order.number, resolve);
        this.send(this.order);
      }
    });
  }

  private send(order: LaneOrder): void {
    const lane = this.lanes.get('meta');
    if (lane === undefined || order.number === 0) return;
    lane.orders.postMessage(order);
    os.wakerSignal(lane.waker);
  }

  private carriedOut(number: number): void {
    this.ordered.get(number)?.();
    this.ordered.delete(number);
  }

  private setAlarm(waker: number, milliseconds: number): void {
    const alarm = setTimeout(() => {
      this.alarms.delete(alarm);
      os.wakerSignal(waker);
    }, milliseconds);
    alarm.unref();
    this.alarms.add(alarm);
  }

  async statistics(): Promise<MountStatistics> {
    return this.counters.read();
  }

  /** Ends both lanes and gives everything back; resolves when nothing is left. The first reason counts. */
  end(reason: string): Promise<void> {
    if (this.ending === undefined) {
      this.ending = reason;
      for (const lane of this.lanes.values()) {
        Atomics.store(lane.stop, 0, 1);
        os.wakerSignal(lane.waker);
      }
      this.finishIfDone();
    }
    return this.gone;
  }

  private finishIfDone(): void {
    if (this.ending === undefined || this.lanes.size > 0 || this.rootFd === -2) return;
    if (this.slots >= 0) os.slotsDestroy(this.slots);
    if (this.metaWaker >= 0) os.close(this.metaWaker);
    if (this.rootFd >= 0) os.close(this.rootFd);
    if (this.metaWaker >= 0) leave(clients, this.client);
    this.rootFd = -2;
    for (const number of this.ordered.keys()) this.carriedOut(number);
    this.resolveGone();
    this.emit('ended', this.ending);
  }
}
