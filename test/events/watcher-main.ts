/**
 * The program that watches, where the mount is: `node watcher-main.js`, then {@link WatcherRequests} on standard input. One
 * inotify instance for all of it, so that the events of all watches are in one order. Needs the addon and the addon of the tests.
 */
import { IN } from '../../native/index.js';
import * as sys from '../support/sys.js';
import { readTree } from '../support/trees.js';
import type { Warmth, WatcherRequests } from './protocol.js';
import { type Later, serve } from './serve.js';
import { type Watch, Watches } from './watches.js';

const { C } = sys;

interface Followed extends Watch {
  readonly recursive: boolean;
}

/** As `inotifywait -r` does it: a directory that has come is watched, and what is in it by then. */
function follow(parent: Followed, name: string): void {
  if (!parent.recursive) return;
  const label = parent.label === '.' ? name : `${parent.label}/${name}`;
  const child: Followed = { label, path: `${parent.path}/${name}`, recursive: true, late: true };
  try {
    watches.add(child, IN.ONLYDIR);
    followAll(child);
  } catch (error) {
    // It has gone again, or another thing has its name.
    if (!['ENOENT', 'ENOTDIR'].includes((error as sys.SysError).code)) throw error;
  }
}

function followAll(parent: Followed): void {
  for (const entry of sys.readdir(Buffer.from(parent.path, 'latin1')))
    if (entry.type === C.DT_DIR) follow(parent, entry.name);
}

const watches = new Watches<Followed>(follow);
const kept: number[] = [];
const closeKept = () => {
  for (const fd of kept.splice(0)) sys.close(fd);
};

function mustBeMissing(name: string): void {
  if (sys.exists(name)) throw new Error(`${name} should be missing`);
}

const warm: Record<Warmth, (names: string[], directories: string[]) => void> = {
  nothing() {},
  entry: (names) => names.forEach((name) => void sys.stat(name)),
  listed: (_, directories) => directories.forEach((name) => void sys.readdir(name)),
  negative: (names) => names.forEach(mustBeMissing),
  open: (names) => names.forEach((name) => void kept.push(sys.open(name, C.O_RDONLY))),
  content: (names) => names.forEach((name) => void sys.readFile(name)),
};

const requests: { [K in keyof WatcherRequests]: (...args: Parameters<WatcherRequests[K]>) => unknown } = {
  watch({ dir, labels, recursive }) {
    for (const label of labels) {
      const watch = { label, path: label === '.' ? dir : `${dir}/${label}`, recursive, late: false };
      watches.add(watch);
      if (recursive) followAll(watch);
    }
    // All this was there before: nobody can miss anything.
    for (const watch of watches.all.values()) watch.late = false;
  },

  warm({ dir, warmth, directories, names }) {
    const paths = (list: readonly string[]) => list.map((name) => (name === '.' ? dir : `${dir}/${name}`));
    warm[warmth](paths(names), paths(directories));
  },

  release: closeKept,

  until({ cookies, swept, milliseconds }): Later {
    const deadline = performance.now() + milliseconds;
    return {
      deadline,
      settle() {
        const missing = cookies.filter((name) => !(swept ? watches.swept : watches.arrived).has(name));
        if (missing.length > 0 && performance.now() < deadline) return undefined;
        return { events: watches.take(), missing };
      },
    };
  },

  tree: ({ dir }) => readTree(dir),

  end() {
    watches.drain();
    const left = watches.take();
    watches.clear();
    closeKept();
    return left;
  },
};

serve(requests, { fd: watches.fd, ready: watches.drain });
