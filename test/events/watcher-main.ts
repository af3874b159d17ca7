/**
 * The program that watches, where the mount is: `node watcher-main.js`, then {@link WatcherRequests} on standard input. One
 * inotify instance for all of it, so that the events of all watches are in one order. Needs the addon and the addon of the tests.
 *
 * OPEN, ACCESS and CLOSE_NOWRITE are not asked for: to open and to read is no change. The changer opens what it writes and the
 * watcher what it compares, on the mount as on the plain directory, and neither says anything about the host.
 */
import { IN, os } from '../../native/index.js';
import { tellEvents } from '../support/inotify-events.js';
import * as sys from '../support/sys.js';
import { readTree } from '../support/trees.js';
import { COOKIE, type Seen, type Warmth, type WatcherRequests } from './protocol.js';
import { type Later, serve } from './serve.js';

const { C } = sys;

const CHANGES =
  IN.MODIFY |
  IN.ATTRIB |
  IN.CLOSE_WRITE |
  IN.MOVED_FROM |
  IN.MOVED_TO |
  IN.CREATE |
  IN.DELETE |
  IN.DELETE_SELF |
  IN.MOVE_SELF;

// The calls of the seam want an arena, although these need nothing of it.
os.attachArena(os.createArena(4096));

interface Watch {
  readonly label: string;
  /** where it is now, one character per byte */
  path: string;
  readonly recursive: boolean;
  late: boolean;
}

function must(result: number, what: string): number {
  if (result < 0) throw new sys.SysError(what, -result);
  return result;
}

const inotify = must(os.inotifyCreate(), 'inotify_init1');
const watches = new Map<number, Watch>();
let events: Seen[] = [];
const arrived = new Set<string>();
const bytes = (path: string) => Buffer.from(path, 'latin1');

/** Watches the object now; O_PATH: it is not opened, and a watch must not keep a file open. */
function add(watch: Watch, mask: number): void {
  const fd = sys.open(bytes(watch.path), C.O_PATH);
  try {
    const wd = must(os.inotifyAdd(inotify, fd, mask), 'inotify_add_watch');
    const known = watches.get(wd);
    if (known === undefined) watches.set(wd, watch);
    else moved(known.path, watch.path);
  } finally {
    sys.close(fd);
  }
}

/** A watch stays with its directory: the paths through which directories below it are found have changed. */
function moved(from: string, to: string): void {
  for (const watch of watches.values())
    if (watch.path === from || watch.path.startsWith(`${from}/`)) watch.path = to + watch.path.slice(from.length);
}

/** As `inotifywait -r` does it: a directory that has come is watched, and what is in it by then. */
function follow(parent: Watch, name: string): void {
  const child: Watch = {
    label: parent.label === '.' ? name : `${parent.label}/${name}`,
    path: `${parent.path}/${name}`,
    recursive: true,
    late: true,
  };
  try {
    add(child, CHANGES | IN.ONLYDIR);
    for (const entry of sys.readdir(bytes(child.path))) if (entry.type === C.DT_DIR) follow(child, entry.name);
  } catch (error) {
    // It has gone again, or another thing has its name.
    if (!['ENOENT', 'ENOTDIR'].includes((error as sys.SysError).code)) throw error;
  }
}

/** Takes what has happened and was not read yet. */
function drain(): void {
  for (;;) {
    const batch: [wd: number, mask: number, cookie: number, name: string][] = [];
    if (!tellEvents(inotify, (...event) => void batch.push(event))) return;
    for (const [wd, mask, cookie, name] of batch) {
      const watch = watches.get(wd);
      const lost = (mask & IN.Q_OVERFLOW) !== 0;
      if (watch === undefined && !lost) continue;
      if (name.startsWith(COOKIE)) {
        if ((mask & IN.CREATE) !== 0) arrived.add(name);
        continue;
      }
      events.push({ label: watch?.label ?? '', mask: mask >>> 0, cookie, name, late: watch?.late ?? false });
      if ((mask & IN.IGNORED) !== 0) watches.delete(wd);
      const came = (mask & IN.ISDIR) !== 0 && (mask & (IN.CREATE | IN.MOVED_TO)) !== 0;
      if (watch?.recursive && came) follow(watch, name);
    }
  }
}

function take(): Seen[] {
  const taken = events;
  events = [];
  for (const watch of watches.values()) watch.late = false;
  return taken;
}

const kept: number[] = [];

const warmers: Record<Warmth, (names: string[], directories: string[]) => void> = {
  nothing: () => {},
  entry: (names) => names.forEach((name) => void sys.stat(name)),
  listed: (_, directories) => directories.forEach((name) => void sys.readdir(name)),
  negative: (names) =>
    names.forEach((name) => {
      if (sys.exists(name)) throw new Error(`${name} should be missing`);
    }),
  open: (names) => names.forEach((name) => void kept.push(sys.open(name, C.O_RDONLY))),
  content: (names) => names.forEach((name) => void sys.readFile(name)),
};

const requests: { [K in keyof WatcherRequests]: (...args: Parameters<WatcherRequests[K]>) => unknown } = {
  watch({ dir, labels, recursive }) {
    for (const label of labels) {
      const path = label === '.' ? dir : `${dir}/${label}`;
      add({ label, path, recursive, late: false }, CHANGES);
      if (!recursive) continue;
      const top = [...watches.values()].find((watch) => watch.path === path)!;
      for (const entry of sys.readdir(path)) if (entry.type === C.DT_DIR) follow(top, entry.name);
    }
    for (const watch of watches.values()) watch.late = false;
  },

  warm({ dir, warmth, directories, names }) {
    const paths = (list: readonly string[]) => list.map((name) => (name === '.' ? dir : `${dir}/${name}`));
    warmers[warmth](paths(names), paths(directories));
  },

  release() {
    for (const fd of kept.splice(0)) sys.close(fd);
  },

  until({ cookies, milliseconds }): Later {
    const deadline = performance.now() + milliseconds;
    return {
      deadline,
      settle() {
        const missing = cookies.filter((name) => !arrived.has(name));
        if (missing.length > 0 && performance.now() < deadline) return undefined;
        return { events: take(), missing };
      },
    };
  },

  tree: ({ dir }) => readTree(dir),

  end() {
    drain();
    const left = take();
    // A watch that has gone by itself meanwhile is what was wanted.
    for (const wd of watches.keys()) os.inotifyRemove(inotify, wd);
    watches.clear();
    arrived.clear();
    for (const fd of kept.splice(0)) sys.close(fd);
    return left;
  },
};

serve(requests, { fd: inotify, ready: drain });
