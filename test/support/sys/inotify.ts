/** inotify(7): what a watcher is told. */
import { C } from './constants.js';
import { keep } from './descriptors.js';
import { call, type Path, path, type SysError } from './error.js';

/** Bits of `<sys/inotify.h>`. */
export const IN = {
  ACCESS: 0x1,
  MODIFY: 0x2,
  ATTRIB: 0x4,
  CLOSE_WRITE: 0x8,
  MOVED_FROM: 0x40,
  MOVED_TO: 0x80,
  CREATE: 0x100,
  DELETE: 0x200,
  DELETE_SELF: 0x400,
  MOVE_SELF: 0x800,
  Q_OVERFLOW: 0x4000,
  IGNORED: 0x8000,
  ISDIR: 0x40000000,
} as const;

export interface InotifyEvent {
  /** watch descriptor; -1 of an overflow */
  wd: number;
  mask: number;
  /** the same for both halves of a rename; else 0 */
  cookie: number;
  /** empty if the watched object itself is meant */
  name: string;
}

const ROOM = 1 << 18;

/** A non-blocking instance. */
export function inotify(): number {
  return keep(call('inotify_init1', C.O_CLOEXEC | C.O_NONBLOCK));
}

/** Result: the watch descriptor. */
export function watch(fd: number, name: Path, mask: number): number {
  return call('inotify_add_watch', fd, path(name), mask);
}

/** One read: events in their order, none if there are none. */
export function events(fd: number): InotifyEvent[] {
  const buffer = Buffer.alloc(ROOM);
  let length: number;
  try {
    length = call('read', fd, buffer, ROOM);
  } catch (error) {
    if ((error as SysError).code === 'EAGAIN') return [];
    throw error;
  }
  const found: InotifyEvent[] = [];
  // struct inotify_event: s32 wd, u32 mask, cookie, len, then len bytes of name, padded with NULs
  for (let at = 0; at < length; at += 16 + buffer.readUInt32LE(at + 12)) {
    const name = buffer.subarray(at + 16, at + 16 + buffer.readUInt32LE(at + 12));
    const end = name.indexOf(0);
    found.push({
      wd: buffer.readInt32LE(at),
      mask: buffer.readUInt32LE(at + 4),
      cookie: buffer.readUInt32LE(at + 8),
      name: name.toString('latin1', 0, end < 0 ? name.length : end),
    });
  }
  return found;
}
