/**
 * Directories watched by inotify(7), one instance for a share root. A native thread keeps what the kernel has to say while this
 * one is busy; watches are added and removed by this one, at once. So the way from a watch to its keys is known here only,
 * where a watch that was removed is forgotten first.
 */
import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { INOTIFY_QUEUE, os, readInotify } from '../../../native/index.js';
import { IN, type InotifyEvent } from '../../../native/os-watch.js';
import { Errno, errnoText } from '../../../protocol/errno.js';
import { messageOf, systemCode } from '../../problem.js';
import type { Scratch } from '../../share-root.js';
import {
  ATTRIBUTED,
  type Feed,
  type FeedSink,
  type Key,
  type Loss,
  type NotWatched,
  type Outcome,
  WATCHED,
  type WatchStatistics,
} from '../feed.js';
import { identityOf } from '../source.js';
import { WatchKeys } from './keys.js';
import { inotifyLimit, notWatched } from './limits.js';

export interface InotifyFeedOptions {
  /** absolute real path of the share root, to tell when another directory takes its place */
  readonly root: string;
  /** the root; stays the caller's */
  readonly rootFd: number;
  /** signalled when there is something to drain; duplicated */
  readonly waker: number;
  /** 64 KiB and more, at a multiple of 4 */
  readonly scratch: Scratch;
  /** bytes of events that are kept for the one who drains; beyond that all are lost, and it is told so */
  readonly bytes?: number;
  readonly reason?: string;
}

/** A quarter of a million events and more, each with a name of up to 15 bytes. */
export const QUEUE_BYTES = 8 << 20;

/** What is handed out in one call; more would only touch more memory. */
const PIECE = 64 * 1024;

/** The same for all watches, so that two keys of one directory do not disturb each other. */
export const MASK =
  IN.CREATE |
  IN.DELETE |
  IN.MOVED_FROM |
  IN.MOVED_TO |
  IN.MODIFY |
  IN.ATTRIB |
  IN.CLOSE_WRITE |
  IN.DELETE_SELF |
  // What happens to an object after its name has gone would be told under that name, which may be another's by then.
  IN.EXCL_UNLINK |
  IN.MOVE_SELF |
  IN.ONLYDIR;

/** Of a file that is watched itself. */
const FILE_MASK = IN.MODIFY | IN.ATTRIB | IN.CLOSE_WRITE | IN.DELETE_SELF;

const NAMES = IN.CREATE | IN.DELETE | IN.MOVED_FROM | IN.MOVED_TO;
const SELF = IN.DELETE_SELF | IN.MOVE_SELF | IN.ONLYDIR;
const ENDS = IN.UNMOUNT | IN.DELETE_SELF | IN.IGNORED;

export class InotifyFeed implements Feed {
  readonly kind = 'inotify';
  readonly exact = true;
  private readonly keys = new WatchKeys();
  private readonly files = new WatchKeys();
  private readonly losses: Partial<Record<Loss, number>> = {};
  private readonly memory: Buffer;
  private readonly words: Int32Array;
  private readonly statisticsAt: number;
  private readonly at: number;
  private readonly room: number;
  /** the watches of the root and of the directory it is in; -1: none */
  private rootWatch = -1;
  private parentWatch = -1;
  private readonly rootName: string;
  private readonly rootIdentity: string;
  /** of the drain under way */
  private sink: FeedSink | undefined;
  private replaced = false;
  /** a sink has thrown, and what was left then is gone */
  private torn = false;
  /** why nothing is watched any more */
  private over: string | undefined;
  /** of the kernel, until then */
  private counted = 0;

  /** An instance that watches, or why there is none. */
  static open(options: InotifyFeedOptions): InotifyFeed | NotWatched {
    const inotify = os.inotifyCreate();
    if (inotify < 0) return notWatched(-inotify);
    const bytes = options.bytes ?? QUEUE_BYTES;
    let queue = os.inotifyQueueStart(inotify, options.waker, bytes, 1);
    const attributes = queue >= 0;
    if (!attributes) queue = os.inotifyQueueStart(inotify, options.waker, bytes, 0);
    if (queue >= 0) return new InotifyFeed(inotify, queue, attributes, options);
    os.close(inotify);
    return notWatched(-queue);
  }

  /** Whether it is told who changes what in the directory behind `fd`; `waker` as for {@link open}. */
  static attributes(fd: number, waker: number): boolean {
    const inotify = os.inotifyCreate();
    if (inotify < 0) return false;
    const queue = os.inotifyQueueStart(inotify, waker, PIECE, 1);
    const marked = queue >= 0 && os.inotifyQueueMark(queue, fd, 0) === 0;
    if (queue >= 0) os.inotifyQueueStop(queue);
    os.close(inotify);
    return marked;
  }

  private constructor(
    private readonly inotify: number,
    private readonly queue: number,
    /** whether the system says who does what */
    private readonly attributes: boolean,
    private readonly options: InotifyFeedOptions,
  ) {
    const { memory, offset, size } = options.scratch;
    this.memory = Buffer.from(memory.buffer, memory.byteOffset, memory.byteLength);
    this.words = new Int32Array(memory.buffer, memory.byteOffset);
    // Somebody who is told may ask for the statistics.
    this.statisticsAt = offset;
    this.at = offset + 64;
    this.room = Math.min(size - 64, PIECE);
    this.rootName = Buffer.from(basename(options.root)).toString('latin1');
    this.rootIdentity = identityOf(fstatSync(options.rootFd, { bigint: true }));
    // Once it has a key it is watched as all are. Without a watch (no permission) only the parent tells of it.
    this.rootWatch = os.inotifyAdd(inotify, options.rootFd, SELF);
    if (this.rootName !== '') this.parentWatch = this.watchPath(dirname(options.root), NAMES | SELF);
  }

  watch(fd: number, key: Key): Outcome {
    const attributed = this.attributes && os.inotifyQueueMark(this.queue, fd, key) === 0;
    const outcome = this.add(this.keys, fd, MASK, key);
    if (attributed && !outcome.watched) os.inotifyQueueUnmark(this.queue, key);
    return attributed && outcome.watched ? ATTRIBUTED : outcome;
  }

  unwatch(key: Key): void {
    this.remove(this.keys, key);
    if (this.attributes && this.over === undefined) os.inotifyQueueUnmark(this.queue, key);
  }

  watchFile(fd: number, key: Key): Outcome {
    try {
      // It would take the mask of all directories from the one that is watched already.
      if (fstatSync(fd).isDirectory()) return notWatched(Errno.EISDIR);
    } catch (error) {
      return { watched: false, code: systemCode(error), reason: messageOf(error) };
    }
    return this.add(this.files, fd, FILE_MASK, key);
  }

  unwatchFile(key: Key): void {
    this.remove(this.files, key);
  }

  private add(keys: WatchKeys, fd: number, mask: number, key: Key): Outcome {
    if (this.over !== undefined) return { watched: false, code: 'EIO', reason: this.over };
    const watch = os.inotifyAdd(this.inotify, fd, mask);
    if (watch < 0) return notWatched(-watch);
    if (keys.watchOf(key) === watch) return WATCHED;
    this.remove(keys, key);
    keys.add(key, watch);
    return WATCHED;
  }

  private remove(keys: WatchKeys, key: Key): void {
    const watch = keys.remove(key);
    if (watch === undefined || watch === this.rootWatch || watch === this.parentWatch) return;
    // EINVAL: it has gone by itself, and that is on its way.
    if (this.over === undefined) os.inotifyRemove(this.inotify, watch);
  }

  drain(sink: FeedSink): void {
    if (this.over !== undefined) return;
    if (this.sink !== undefined) throw new Error('a feed is drained by what it tells');
    this.sink = sink;
    this.replaced = false;
    try {
      if (this.torn) this.lost('slow-consumer');
      this.torn = true;
      let length = os.inotifyQueueDrain(this.queue, this.at, this.room, 1);
      while (length > 0) {
        readInotify(this.memory, this.words, this.at, length, this.take);
        length = os.inotifyQueueDrain(this.queue, this.at, this.room, 0);
      }
      if (length < 0) this.fail(length);
      else if (this.attributes) this.drainForeign();
      this.torn = false;
    } finally {
      this.sink = undefined;
    }
  }

  private drainForeign(): void {
    for (;;) {
      const length = os.inotifyQueueForeign(this.queue, this.at, this.room);
      if (length <= 0) return;
      readInotify(this.memory, this.words, this.at, length, this.takeForeign);
    }
  }

  private readonly takeForeign: InotifyEvent = (key, mask, _cookie, name) => {
    if ((mask & IN.Q_OVERFLOW) !== 0) this.overflow();
    else this.sink!.foreign?.(key, mask, name);
  };

  statistics(): WatchStatistics {
    const limit = inotifyLimit('max_user_watches');
    return {
      kind: this.kind,
      reason: this.options.reason ?? '',
      watches: this.keys.size + this.files.size,
      ...(limit === undefined ? {} : { limit }),
      events: this.events(),
      losses: { ...this.losses },
      ...(this.over === undefined ? {} : { failed: this.over }),
    };
  }

  close(): void {
    if (this.over !== undefined) return;
    this.over = 'it was closed';
    this.release();
  }

  /** One event, for all keys of its watch. */
  private readonly take: InotifyEvent = (watch, mask, cookie, name) => {
    if ((mask & IN.Q_OVERFLOW) !== 0) return this.overflow();
    if (watch === this.rootWatch || watch === this.parentWatch) this.lookForRoot(watch, mask, name);
    if ((mask & ENDS) !== 0) return this.end(watch, mask);
    const sink = this.sink!;
    const key = this.keys.only(watch);
    if (key !== undefined) return sink.event(key, mask, cookie, name);
    for (const each of this.keys.all(watch)) sink.event(each, mask, cookie, name);
    for (const each of this.files.all(watch)) sink.object?.(each, mask);
  };

  private end(watch: number, mask: number): void {
    if (watch === this.rootWatch) this.rootWatch = -1;
    if (watch === this.parentWatch) this.parentWatch = -1;
    const why = (mask & IN.UNMOUNT) !== 0 ? 'unmounted' : 'removed';
    for (const key of this.keys.forget(watch)) this.sink!.ended(key, why);
    for (const key of this.files.forget(watch)) this.sink!.object?.(key, IN.DELETE_SELF);
  }

  /**
   * A removed directory says so when nobody holds a descriptor of it any more; its parent says at once what becomes of its name.
   * Several events of one drain may say the same.
   */
  private lookForRoot(watch: number, mask: number, name: string): void {
    if (this.replaced) return;
    const gone = (mask & (ENDS | IN.MOVE_SELF)) !== 0;
    const renamed = watch === this.parentWatch && name === this.rootName && (mask & NAMES) !== 0;
    if (!gone && !renamed) return;
    this.replaced = true;
    this.lost('root-replaced');
  }

  private overflow(): void {
    this.lost('overflow');
    // What became of the root may be among what is lost.
    if (this.replaced || this.identityNow() === this.rootIdentity) return;
    this.replaced = true;
    this.lost('root-replaced');
  }

  private identityNow(): string {
    try {
      return identityOf(statSync(this.options.root, { bigint: true }));
    } catch {
      return '';
    }
  }

  private lost(loss: Loss): void {
    this.losses[loss] = (this.losses[loss] ?? 0) + 1;
    this.sink!.everything(loss);
  }

  private fail(result: number): void {
    this.over = `inotify: ${errnoText(-result)}`;
    this.release();
    this.lost('failed');
  }

  private release(): void {
    this.counted = this.events();
    os.inotifyQueueStop(this.queue);
    os.close(this.inotify);
  }

  private events(): number {
    if (os.inotifyQueueStatistics(this.queue, this.statisticsAt) < 0) return this.counted;
    return Number(this.memory.readBigUInt64LE(this.statisticsAt + INOTIFY_QUEUE.events));
  }

  /** -1 where the directory may not be read. */
  private watchPath(path: string, mask: number): number {
    let fd: number;
    try {
      fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
    } catch {
      return -1;
    }
    try {
      return os.inotifyAdd(this.inotify, fd, mask);
    } finally {
      closeSync(fd);
    }
  }
}
