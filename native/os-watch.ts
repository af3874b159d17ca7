/**
 * The part of the seam that watches directories: inotify(7), Linux only (-ENOSYS elsewhere). The rules at the top of os.ts
 * hold. Any thread may add and remove; one reads.
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
  /** Waits until there are events (1) or the waker has fired (WOKEN, which comes first). */
  inotifyWait(inotifyFd: number, wakerFd: number): number;
  /**
   * Whole events as records: {@link INOTIFY_HEADER}, then the name and at least one NUL, or nothing. Bytes; -EAGAIN: none;
   * -EINVAL: the first one does not fit (room for 16 + 256 always does).
   */
  inotifyRead(inotifyFd: number, outOff: number, capacity: number): number;
}

/** One event. */
export interface InotifyEvent {
  /** -1: of no watch in particular */
  readonly watch: number;
  readonly mask: number;
  /** the same for both halves of a rename; 0: none */
  readonly cookie: number;
  /** the name in the watched directory, byte by byte as latin1; '': the watched object itself */
  readonly name: string;
}

/**
 * The events in memory that `inotifyRead` filled.
 *
 * @throws RangeError for a record that reaches beyond the end
 */
export function* inotifyEvents(memory: Buffer): Generator<InotifyEvent> {
  for (let at = 0; at < memory.length; ) {
    if (memory.length - at < INOTIFY_HEADER) throw new RangeError(`inotify: ${memory.length - at} bytes of a header`);
    const length = memory.readUInt32LE(at + 12);
    const start = at + INOTIFY_HEADER;
    if (length > memory.length - start) throw new RangeError(`inotify: a name of ${length} bytes`);
    const nul = memory.indexOf(0, start);
    const end = nul < 0 ? start + length : Math.min(nul, start + length);
    yield {
      watch: memory.readInt32LE(at),
      mask: memory.readUInt32LE(at + 4),
      cookie: memory.readUInt32LE(at + 8),
      name: memory.toString('latin1', start, end),
    };
    at = start + length;
  }
}
