/** A watcher whose source (FSEvents, polling) goes by paths, in a thread of its own. */
import { fstatSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { messageOf, systemCode } from '../problem.js';
import { Delivery } from './delivery.js';
import { type Gathered, ROOM, type Room } from './pending.js';
import { INTERVAL_MILLISECONDS } from './polling/polling.js';
import { identityOf } from './source.js';
import type { SourceData, SourceRequest } from './source-data.js';
import { type Deliver, type Key, type Outcome, WATCHED, type Watcher, type WatchStatistics } from './watcher.js';

export interface SourceOptions {
  readonly kind: 'fsevents' | 'polling';
  /** absolute real path of the share root */
  readonly root: string;
  /** the absolute path of a directory now, as bytes; @throws SystemError */
  readonly pathOf: (fd: number) => Buffer;
  readonly deliver: Deliver;
  readonly room?: Room;
  /** milliseconds */
  readonly interval?: number;
}

export class SourceWatcher implements Watcher {
  /** every `watch` has a number of its own: what was gathered for an earlier directory of a key is not delivered */
  private readonly keys = new Map<number, Key>();
  private readonly ids = new Map<Key, number>();
  private lastId = 0;
  private readonly counters = new Float64Array(new SharedArrayBuffer(8));
  private readonly delivery: Delivery;
  private readonly worker: Worker;
  private readonly gone: Promise<void>;

  constructor(private readonly options: SourceOptions) {
    this.delivery = new Delivery(
      options.deliver,
      (id) => {
        const key = this.keys.get(id);
        return key === undefined ? [] : [key];
      },
      (id) => this.forget(id),
    );
    const workerData: SourceData = {
      kind: options.kind,
      root: options.root,
      room: options.room ?? ROOM,
      interval: options.interval ?? INTERVAL_MILLISECONDS,
      counters: this.counters.buffer as SharedArrayBuffer,
    };
    this.worker = new Worker(new URL('./source-worker.js', import.meta.url), { workerData, name: options.kind });
    this.worker.on('message', (gathered: Gathered) => this.receive(gathered));
    let failure = `the thread of ${options.kind} has ended`;
    this.worker.on('error', (error) => {
      failure = `the thread of ${options.kind} has failed: ${error.message}`;
    });
    this.gone = new Promise((resolve) => {
      this.worker.on('exit', () => {
        resolve();
        this.delivery.fail(failure);
      });
    });
  }

  watch(fd: number, key: Key): Outcome {
    const { over } = this.delivery;
    if (over !== undefined) return { watched: false, code: 'EIO', reason: over };
    let bytes: Buffer;
    let identity: string;
    try {
      bytes = this.options.pathOf(fd);
      identity = identityOf(fstatSync(fd, { bigint: true }));
    } catch (error) {
      return { watched: false, code: systemCode(error), reason: messageOf(error) };
    }
    const path = bytes.toString();
    if (!Buffer.from(path).equals(bytes))
      return {
        watched: false,
        code: 'ENOTSUP',
        reason: 'its path is not UTF-8, and here directories go by their paths',
      };
    this.unwatch(key);
    const id = ++this.lastId;
    this.keys.set(id, key);
    this.ids.set(key, id);
    this.tell({ kind: 'watch', path, id, identity });
    return WATCHED;
  }

  unwatch(key: Key): void {
    const id = this.ids.get(key);
    if (id === undefined) return;
    this.forget(id);
    this.tell({ kind: 'unwatch', id });
  }

  sync(): Promise<void> {
    return this.delivery.wait((number) => this.tell({ kind: 'sync', number }));
  }

  statistics(): WatchStatistics {
    const { batches, losses, over } = this.delivery;
    return {
      kind: this.options.kind,
      watches: this.keys.size,
      events: this.counters[0],
      batches,
      losses: { ...losses },
      ...(over === undefined ? {} : { failed: over }),
    };
  }

  async close(): Promise<void> {
    const ended = this.delivery.over !== undefined;
    this.delivery.close();
    if (!ended) this.tell({ kind: 'close' });
    await this.gone;
  }

  private forget(id: number): void {
    const key = this.keys.get(id);
    if (key !== undefined) this.ids.delete(key);
    this.keys.delete(id);
  }

  private receive(gathered: Gathered): void {
    try {
      this.delivery.receive(gathered);
    } finally {
      this.tell({ kind: 'taken' });
    }
  }

  private tell(request: SourceRequest): void {
    this.worker.postMessage(request);
  }
}
