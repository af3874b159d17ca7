/**
 * The part of the seam that watches directories: inotify(7), Linux only (-ENOSYS elsewhere). The rules at the top of os.ts
 * hold. Any thread may add and remove; one drains.
 */

/** Bits of `inotifyAdd` and of events: `<sys/inotify.h>`, the same on every architecture. */
export const IN = {
  ACCESS: 0x1,
  MODIFY: 0x2,
  ATTRIB: 0x4,
  CLOSE_WRITE: 0x8,
  CLOSE_NOWRITE: 0x10,
  OPEN: 0x20,
  MOVED_FROM: 0x40,
  MOVED_TO: 0x80,
  CREATE: 0x100,
  DELETE: 0x200,
  DELETE_SELF: 0x400,
  MOVE_SELF: 0x800,
  /** events only: the file system was unmounted; IGNORED follows */
  UNMOUNT: 0x2000,
  /** events only, of watch -1: the queue was full, events are lost */
  Q_OVERFLOW: 0x4000,
  /** events only: the watch is gone, by `inotifyRemove` or by itself; the last of this watch */
  IGNORED: 0x8000,
  ONLYDIR: 0x01000000,
  DONT_FOLLOW: 0x02000000,
  EXCL_UNLINK: 0x04000000,
  MASK_CREATE: 0x10000000,
  MASK_ADD: 0x20000000,
  /** events only: the name is a directory's */
  ISDIR: 0x40000000,
  ONESHOT: 0x80000000,
} as const;

/** Length of an event's record before its name: s32 watch, u32 mask, u32 cookie, u32 length of what follows. */
export const INOTIFY_HEADER = 16;

export interface WatchOs {
  /**
   * inotify_init1(2): a descriptor, non-blocking. -EMFILE: the user has fs.inotify.max_user_instances, or the process no
   * descriptor left. How many events it holds (fs.inotify.max_queued_events) is settled here.
   */
  inotifyCreate(): number;
  /**
   * Watches the very object behind `fd`, whatever its name leads to now. Result: the watch, the same one for an object that
   * is watched already (its mask is replaced, or with MASK_ADD extended). -ENOTDIR with ONLYDIR, -EACCES unless the object
   * may be read, -ENOSPC: the user has fs.inotify.max_user_watches; DONT_FOLLOW is -EINVAL.
   */
  inotifyAdd(inotifyFd: number, fd: number, mask: number): number;
  /** IGNORED follows all events of the watch. -EINVAL: there is no such watch, also if it has just gone by itself. */
  inotifyRemove(inotifyFd: number, watch: number): number;
  /**
   * A native thread that takes events out of the instance as they come, into memory of its own: up to `bytes` of records, most
   * of them 32 bytes; memory is given back as they are drained. Beyond that all it has is dropped, and one Q_OVERFLOW told
   * instead. A record that is the same as the last before it is left out, as in the kernel. The waker is signalled when there
   * is something while there was nothing before, at most a millisecond late. It works on duplicates of the descriptors, and
   * ends with the calling thread. Result: queue id.
   *
   * With `foreign` 1 a fanotify(7) group tells beside it which events are other processes' (`inotifyQueueForeign`), of directories
   * that were marked. -ENOSYS, -EINVAL, -EPERM: the kernel does not (before 5.13, or not to this user); -EMFILE.
   */
  inotifyQueueStart(inotifyFd: number, wakerFd: number, bytes: number, foreign: number): number;
  /**
   * Events of other processes in the directory behind `fd` are told from now on, under `key`; to be called before it is watched.
   * -EOPNOTSUPP, -ENODEV, -EXDEV: not on this file system; -ENOSPC: the user has fs.fanotify.max_user_marks.
   */
  inotifyQueueMark(queue: number, fd: number, key: number): number;
  /** Nothing more is told under this key. */
  inotifyQueueUnmark(queue: number, key: number): number;
  /**
   * Records as `inotifyQueueDrain` gives them, of events that other processes caused until the drain that began last: the key
   * in place of the watch, cookie 0, all bits of one name in any order; what was done to a directory itself is told under its own key
   * and the name '.'. What that drain told may be followed by its record here
   * with the next one only, never later; Q_OVERFLOW: some are lost. Bytes; 0: that was all.
   */
  inotifyQueueForeign(queue: number, outOff: number, capacity: number): number;
  /**
   * Whole events as records, oldest first: {@link INOTIFY_HEADER}, then the name and at least one NUL, or nothing; each a
   * multiple of 16 bytes. With `fresh` 1 a drain begins: what the kernel still has is taken over first, so it gives everything that
   * happened until now; with 0 it goes on to where it began. Bytes; 0: that was all. -EINVAL: less than
   * {@link INOTIFY_DRAIN_LEAST} of room. Another error comes after the last event there is: no more can be read.
   */
  inotifyQueueDrain(queue: number, outOff: number, capacity: number, fresh: number): number;
  /** What it has done so far, at outOff: {@link INOTIFY_QUEUE}. */
  inotifyQueueStatistics(queue: number, outOff: number): number;
  /** Ends and joins the thread; what it has is gone. */
  inotifyQueueStop(queue: number): number;
}

/** Room that `inotifyQueueDrain` wants at least: a record with the longest name. */
export const INOTIFY_DRAIN_LEAST = INOTIFY_HEADER + 256;

/** Layout of what `inotifyQueueStatistics` writes. */
export const INOTIFY_QUEUE = {
  size: 40,
  /** u64 events that were taken from the kernel */
  events: 0,
  /** u64 of them left out, since they were the same as the one before */
  merged: 8,
  /** u64 of them dropped for want of room */
  dropped: 16,
  /** u32, how often that was */
  losses: 24,
  /** u32, how often the waker was signalled */
  signals: 28,
  /** u32 bytes of records that wait */
  held: 32,
  /** u32 bytes of memory */
  mapped: 36,
} as const;

/**
 * @param watch -1: of no watch in particular
 * @param mask bits of {@link IN}
 * @param cookie the same for both halves of a rename; 0: none
 */
export type InotifyEvent = (watch: number, mask: number, cookie: number, name: string) => void;

/**
 * Reads records of `inotifyQueueDrain` at byte `at`, a multiple of 4, of `memory` (`words`: the same memory). A name is the one in
 * the watched directory, byte by byte as latin1; '': the watched object itself.
 *
 * @throws RangeError for a record that reaches beyond the end
 */
export function readInotify(memory: Buffer, words: Int32Array, at: number, length: number, event: InotifyEvent): void {
  const end = at + length;
  let name = '';
  let nameAt = at;
  let nameSize = 0;
  while (at < end) {
    const start = at + INOTIFY_HEADER;
    const size = start <= end ? words[(at >> 2) + 3] : -1;
    if (size < 0 || size > end - start) throw new RangeError(`inotify: a record of ${end - at} bytes`);
    // Events of one name often follow each other, and a string costs more than all the rest.
    if (size !== nameSize || !same(words, nameAt >> 2, start >> 2, size >> 2)) {
      name = textAt(memory, start, size);
      nameSize = size;
    }
    nameAt = start;
    const word = at >> 2;
    at = start + size;
    event(words[word], words[word + 1], words[word + 2] >>> 0, name);
  }
}

function same(words: Int32Array, one: number, other: number, count: number): boolean {
  for (let i = 0; i < count; i++) if (words[one + i] !== words[other + i]) return false;
  return true;
}

/** Up to the NULs that fill the record. */
function textAt(memory: Buffer, start: number, size: number): string {
  let end = start + size;
  while (end > start && memory[end - 1] === 0) end--;
  return memory.toString('latin1', start, end);
}
