/**
 * A feed whose source (FSEvents, polling) has callbacks of its own and goes by paths: it runs in a thread with an event loop.
 * What that has gathered is taken from its port, without an event loop.
 */
import { fstatSync } from 'node:fs';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { messageOf, systemCode } from '../problem.js';
import { type Feed, type FeedSink, type Key, type Loss, type Outcome, WATCHED, type WatchStatistics } from './feed.js';
import { type Gathered, ROOM, type Room } from './pending.js';
import { INTERVAL_MILLISECONDS } from './polling/polling.js';
import { identityOf } from './source.js';
import type { SourceData, SourceReport, SourceRequest } from './source-data.js';

export interface WatcherFeedOptions {
  readonly kind: 'fsevents' | 'polling';
  /** absolute real path of the share root */
  readonly root: string;
  /** open until the feed is closed */
  readonly waker: number;
  /** the absolute path of a directory now, as bytes; @throws SystemError */
  readonly pathOf: (fd: number) => Buffer;
  readonly reason?: string;
  readonly room?: Room;
  /** milliseconds */
  readonly interval?: number;
}

/** For a source to let go of what it holds. It may hang on a server that does not answer; then its thread ends without it. */
const CLOSING_MILLISECONDS = 2000;

export class WatcherFeed implements Feed {
  readonly kind: 'fsevents' | 'polling';
  readonly exact = false;
  /** every `watch` has a number of its own: what was gathered for an earlier directory of a key is not told */
  private readonly keys = new Map<number, Key>();
  private readonly ids = new Map<Key, number>();
  private lastId = 0;
  private readonly counters = new Float64Array(new SharedArrayBuffer(8));
  private readonly closed = new Int32Array(new SharedArrayBuffer(4));
  private readonly losses: Partial<Record<Loss, number>> = {};
  private readonly port: MessagePort;
  private readonly worker: Worker;
  /** why nothing is watched any more */
  private over: string | undefined;
  /** a sink has thrown, and the rest of that batch is gone */
  private torn = false;

  constructor(private readonly options: WatcherFeedOptions) {
    this.kind = options.kind;
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const workerData: SourceData = {
      kind: options.kind,
      root: options.root,
      room: options.room ?? ROOM,
      interval: options.interval ?? INTERVAL_MILLISECONDS,
      port: port2,
      waker: options.waker,
      counters: this.counters.buffer as SharedArrayBuffer,
      closed: this.closed.buffer as SharedArrayBuffer,
    };
    this.worker = new Worker(new URL('./source-worker.js', import.meta.url), {
      workerData,
      transferList: [port2],
      name: options.kind,
    });
    // The thread that has a feed need not wait for it, nor has it anything to say that the port does not.
    this.worker.unref();
    this.worker.on('error', () => {});
  }

  watch(fd: number, key: Key): Outcome {
    if (this.over !== undefined) return { watched: false, code: 'EIO', reason: this.over };
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

  drain(sink: FeedSink): void {
    if (this.torn) this.lost('slow-consumer', sink);
    this.torn = false;
    // The next batch comes after this one was taken: others who change files without a pause cannot keep it.
    const received = receiveMessageOnPort(this.port);
    if (received === undefined || this.over !== undefined) return;
    const message = received.message as SourceReport;
    if ('failed' in message) {
      this.over = message.failed;
      this.lost('failed', sink);
      return;
    }
    this.torn = true;
    this.tell({ kind: 'taken' });
    this.pass(message, sink);
    this.torn = false;
  }

  statistics(): WatchStatistics {
    return {
      kind: this.kind,
      reason: this.options.reason ?? '',
      watches: this.keys.size,
      events: this.counters[0],
      losses: { ...this.losses },
      ...(this.over === undefined ? {} : { failed: this.over }),
    };
  }

  close(): void {
    if (this.over === undefined) {
      this.over = 'it was closed';
      this.tell({ kind: 'close' });
    }
    Atomics.wait(this.closed, 0, 0, CLOSING_MILLISECONDS);
    this.port.close();
    void this.worker.terminate();
  }

  private forget(id: number): void {
    const key = this.keys.get(id);
    if (key !== undefined) this.ids.delete(key);
    this.keys.delete(id);
  }

  private pass({ losses, directories }: Gathered, sink: FeedSink): void {
    for (const loss of losses) this.lost(loss, sink);
    for (const { id, names, whole, self, ended } of directories) {
      // Asked each time: the sink may let go of it.
      const key = this.keys.get(id);
      if (key === undefined) continue;
      if (ended !== undefined) this.forget(id);
      if (whole) sink.directory(key);
      for (const [name, hints] of names) sink.dirty(key, name, hints);
      if (self) sink.self(key);
      if (ended !== undefined) sink.ended(key, ended);
    }
  }

  private lost(loss: Loss, sink: FeedSink): void {
    this.losses[loss] = (this.losses[loss] ?? 0) + 1;
    sink.everything(loss);
  }

  private tell(request: SourceRequest): void {
    this.port.postMessage(request);
  }
}
