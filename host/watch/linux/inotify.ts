/**
 * Directories watched by inotify(7), one instance for a share root. Watches are added and removed by whoever calls, at once;
 * worker.ts reads. So the way from a watch to its keys is known here only, where a watch that was removed is forgotten first.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { os } from '../../../native/index.js';
import { Delivery } from '../delivery.js';
import { type Gathered, ROOM, type Room } from '../pending.js';
import {
  type Deliver,
  Hint,
  type Key,
  type NotWatched,
  type Outcome,
  WATCHED,
  type Watcher,
  type WatchStatistics,
} from '../watcher.js';
import { inotifyLimit, notWatched } from './limits.js';
import { MASK } from './translate.js';
import { Control, type InotifyData } from './worker-data.js';

export interface InotifyOptions {
  /** absolute real path of the share root, to tell when another directory takes its place */
  readonly root: string;
  readonly deliver: Deliver;
  readonly room?: Room;
}

const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128, stackSizeMb: 2 };

export class InotifyWatcher implements Watcher {
  private readonly keys = new Map<number, Key[]>();
  private readonly watches = new Map<Key, number>();
  private readonly control = new Int32Array(new SharedArrayBuffer(4 * Control.COUNT));
  private readonly counters = new Float64Array(new SharedArrayBuffer(8));
  private readonly delivery: Delivery;
  private readonly worker: Worker;
  private readonly gone: Promise<void>;
  /** the watches of the root and of the directory it is in; -1: none */
  private rootWatch = -1;
  private parentWatch = -1;
  private readonly rootName: string;

  /** An instance that watches, or why there is none. */
  static open(options: InotifyOptions): InotifyWatcher | NotWatched {
    const waker = os.wakerCreate();
    const inotify = os.inotifyCreate();
    if (waker < 0 || inotify < 0) {
      for (const fd of [waker, inotify]) if (fd >= 0) os.close(fd);
      return notWatched(waker < 0 ? -waker : -inotify);
    }
    return new InotifyWatcher(inotify, waker, options);
  }

  private constructor(
    private readonly inotify: number,
    private readonly waker: number,
    options: InotifyOptions,
  ) {
    this.delivery = new Delivery(
      options.deliver,
      (id) => this.keys.get(id) ?? [],
      (id) => this.forget(id),
    );
    this.rootName = Buffer.from(basename(options.root)).toString('latin1');
    this.rootWatch = this.watchPath(options.root);
    if (this.rootName !== '') this.parentWatch = this.watchPath(dirname(options.root));
    const workerData: InotifyData = {
      inotify,
      waker,
      room: options.room ?? ROOM,
      control: this.control.buffer as SharedArrayBuffer,
      counters: this.counters.buffer as SharedArrayBuffer,
    };
    this.worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData,
      name: 'inotify',
      resourceLimits: RESOURCE_LIMITS,
    });
    this.worker.on('message', (gathered: Gathered) => this.receive(gathered));
    let failure = 'the thread that reads inotify has ended';
    this.worker.on('error', (error) => {
      failure = `the thread that reads inotify has failed: ${error.message}`;
    });
    this.gone = new Promise((resolve) => {
      this.worker.on('exit', () => {
        for (const fd of [inotify, waker]) os.close(fd);
        resolve();
        this.delivery.fail(failure);
      });
    });
  }

  watch(fd: number, key: Key): Outcome {
    const { over } = this.delivery;
    if (over !== undefined) return { watched: false, code: 'EIO', reason: over };
    const watch = os.inotifyAdd(this.inotify, fd, MASK);
    if (watch < 0) return notWatched(-watch);
    const before = this.watches.get(key);
    if (before === watch) return WATCHED;
    if (before !== undefined) this.unwatch(key);
    this.watches.set(key, watch);
    const keys = this.keys.get(watch);
    if (keys === undefined) this.keys.set(watch, [key]);
    else keys.push(key);
    return WATCHED;
  }

  unwatch(key: Key): void {
    const watch = this.watches.get(key);
    if (watch === undefined) return;
    this.watches.delete(key);
    const rest = this.keys.get(watch)!.filter((each) => each !== key);
    if (rest.length > 0) {
      this.keys.set(watch, rest);
      return;
    }
    this.keys.delete(watch);
    if (watch === this.rootWatch || watch === this.parentWatch || this.delivery.over !== undefined) return;
    // EINVAL: it has gone by itself, and that is on its way.
    os.inotifyRemove(this.inotify, watch);
  }

  sync(): Promise<void> {
    return this.delivery.wait((number) => {
      Atomics.store(this.control, Control.SYNC, number);
      os.wakerSignal(this.waker);
    });
  }

  statistics(): WatchStatistics {
    const limit = inotifyLimit('max_user_watches');
    const { batches, losses, over } = this.delivery;
    return {
      kind: 'inotify',
      watches: this.keys.size,
      ...(limit === undefined ? {} : { limit }),
      events: this.counters[0],
      batches,
      losses: { ...losses },
      ...(over === undefined ? {} : { failed: over }),
    };
  }

  async close(): Promise<void> {
    const ended = this.delivery.over !== undefined;
    this.delivery.close();
    if (!ended) {
      Atomics.store(this.control, Control.STOP, 1);
      os.wakerSignal(this.waker);
    }
    await this.gone;
  }

  private receive(gathered: Gathered): void {
    try {
      this.delivery.receive(gathered, this.rootReplaced(gathered) ? ['root-replaced'] : []);
    } finally {
      if (this.delivery.over === undefined) {
        Atomics.add(this.control, Control.TAKEN, 1);
        os.wakerSignal(this.waker);
      }
    }
  }

  private rootReplaced({ directories }: Gathered): boolean {
    return directories.some(({ id, ended, self, whole, names }) => {
      // Without the parent's word, MOVE_SELF of the root is all there is; its new attributes look the same.
      if (id === this.rootWatch && (ended !== undefined || (self && this.parentWatch < 0))) return true;
      if (id !== this.parentWatch) return false;
      const hints = names.get(this.rootName) ?? 0;
      return ended !== undefined || whole || (hints & (Hint.CREATED | Hint.REMOVED | Hint.MOVED)) !== 0;
    });
  }

  private forget(watch: number): void {
    for (const key of this.keys.get(watch) ?? []) this.watches.delete(key);
    this.keys.delete(watch);
    if (watch === this.rootWatch) this.rootWatch = -1;
    if (watch === this.parentWatch) this.parentWatch = -1;
  }

  /** Without effect where the directory may not be read. */
  private watchPath(path: string): number {
    let fd: number;
    try {
      fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    } catch {
      return -1;
    }
    try {
      return os.inotifyAdd(this.inotify, fd, MASK);
    } finally {
      closeSync(fd);
    }
  }
}
