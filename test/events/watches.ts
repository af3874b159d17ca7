/** One inotify instance: watches with labels, and what they were told. For programs of one thread. */
import { readSync } from 'node:fs';
import { IN, os } from '../../native/index.js';
import * as sys from '../support/sys.js';
import { COOKIE, type Seen } from './protocol.js';

/**
 * OPEN, ACCESS and CLOSE_NOWRITE are not asked for: to open and to read is no change. The changer opens what it writes and the
 * watcher what it compares, on the mount as on the plain directory, and neither says anything about the host.
 */
export const CHANGES =
  IN.MODIFY |
  IN.ATTRIB |
  IN.CLOSE_WRITE |
  IN.MOVED_FROM |
  IN.MOVED_TO |
  IN.CREATE |
  IN.DELETE |
  IN.DELETE_SELF |
  IN.MOVE_SELF;

const ROOM = 1 << 20;
const HEADER = 16;

export interface Watch {
  readonly label: string;
  /** the object's path, one character per byte */
  path: string;
  /** its events are a race: see `linesOf` */
  late: boolean;
}

function must(result: number, what: string): number {
  if (result < 0) throw new sys.SysError(what, -result);
  return result;
}

/** Of a file or a directory, made from the path as the kernel has it. */
export class Watches<W extends Watch> {
  readonly fd = must(os.inotifyCreate(), 'inotify_init1');
  readonly all = new Map<number, W>();
  /** cookies whose CREATE was read */
  readonly arrived = new Set<string>();
  /** those whose DELETE was read */
  readonly swept = new Set<string>();
  private readonly memory = Buffer.alloc(ROOM);
  private events: Seen[] = [];

  /** @param came called for a directory that appeared in a watched one */
  constructor(private readonly came: (parent: W, name: string) => void = () => {}) {}

  /**
   * Watches the object that the path leads to now; O_PATH: it is not opened, and a watch must not keep a file open. One that is
   * watched already keeps its watch and label, and is found under the new path.
   */
  add(watch: W, flags = 0): void {
    const fd = sys.open(Buffer.from(watch.path, 'latin1'), sys.C.O_PATH);
    try {
      const wd = must(os.inotifyAdd(this.fd, fd, CHANGES | flags), 'inotify_add_watch');
      const known = this.all.get(wd);
      if (known === undefined) this.all.set(wd, watch);
      else this.moved(known.path, watch.path);
    } finally {
      sys.close(fd);
    }
  }

  /** Takes in what has happened and was not read yet. */
  readonly drain = (): void => {
    for (;;) {
      const length = this.read();
      // struct inotify_event: s32 wd, u32 mask, cookie, len, then len bytes of name, padded with NULs
      for (let at = 0; at < length; at += HEADER + this.memory.readUInt32LE(at + 12)) {
        const field = this.memory.subarray(at + HEADER, at + HEADER + this.memory.readUInt32LE(at + 12));
        const end = field.indexOf(0);
        const name = field.toString('latin1', 0, end === -1 ? field.length : end);
        this.see(this.memory.readInt32LE(at), this.memory.readUInt32LE(at + 4), this.memory.readUInt32LE(at + 8), name);
      }
      if (length === 0) return;
    }
  };

  /** Bytes of whole events; 0: there are none. */
  private read(): number {
    try {
      return readSync(this.fd, this.memory, 0, ROOM, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
      throw error;
    }
  }

  /** The events so far but those of cookies. Nobody is late any more. */
  take(): Seen[] {
    const taken = this.events;
    this.events = [];
    for (const watch of this.all.values()) watch.late = false;
    return taken;
  }

  /** Takes all watches away. */
  clear(): void {
    // One that has gone by itself meanwhile is what was wanted.
    for (const wd of this.all.keys()) os.inotifyRemove(this.fd, wd);
    this.all.clear();
    this.arrived.clear();
    this.swept.clear();
  }

  private see(wd: number, mask: number, cookie: number, name: string): void {
    const watch = this.all.get(wd);
    // An overflow is of no watch; the rest that is of none comes from those that were taken away.
    if (watch === undefined && (mask & IN.Q_OVERFLOW) === 0) return;
    if (name.startsWith(COOKIE)) {
      if ((mask & IN.CREATE) !== 0) this.arrived.add(name);
      if ((mask & IN.DELETE) !== 0) this.swept.add(name);
      return;
    }
    this.events.push({ label: watch?.label ?? '', mask, cookie, name, late: watch?.late ?? false });
    if ((mask & IN.IGNORED) !== 0) this.all.delete(wd);
    if (watch && (mask & IN.ISDIR) !== 0 && (mask & (IN.CREATE | IN.MOVED_TO)) !== 0) this.came(watch, name);
  }

  /** A watch stays with its directory: the paths through which directories below it are found have changed. */
  private moved(from: string, to: string): void {
    for (const watch of this.all.values())
      if (watch.path === from || watch.path.startsWith(`${from}/`)) watch.path = to + watch.path.slice(from.length);
  }
}
