/** The program that changes things on the host: `node changer-main.js`, then {@link ChangerRequests} on standard input. */
import * as sys from '../support/sys.js';
import { readTree } from '../support/trees.js';
import { type Change, type Scene, watchedBy } from './change.js';
import { changeOf } from './changes/index.js';
import { type ChangerRequests, COOKIE } from './protocol.js';
import { serve } from './serve.js';

const bytes = (path: string) => Buffer.from(path, 'latin1');

/**
 * The directories below and with `dir`, each by what stays the same through renames and is not given twice. Paths have one
 * character per byte.
 */
function directories(dir: string): Map<string, string> {
  const found = new Map<string, string>();
  const look = (path: string) => {
    const stat = sys.lstat(bytes(path));
    if ((stat.mode & sys.C.S_IFMT) !== sys.C.S_IFDIR) return;
    // An inode number alone may be that of a directory which was removed a moment ago.
    found.set(`${stat.ino} ${stat.btime}`, path);
    for (const { name, type } of sys.readdir(bytes(path))) if (type === sys.C.DT_DIR) look(`${path}/${name}`);
  };
  look(dir);
  return found;
}

const at = (dir: string, name: string) => (name === '.' ? dir : `${dir}/${name}`);

let scene: (Scene & { readonly dir: string }) | undefined;
let change: Change;
let initial = new Map<string, string>();
let watched = new Set<string>();
let cookies = 0;

let made: string[] = [];

/** A node and no open file: one event, CREATE. */
function makeCookie(directory: string): string {
  const name = `${COOKIE}${++cookies}`;
  sys.mknod(bytes(`${directory}/${name}`), sys.C.S_IFREG | 0o600);
  made.push(`${directory}/${name}`);
  return name;
}

const requests: ChangerRequests = {
  prepare({ slug, dir, outside }) {
    change = changeOf(slug);
    sys.mkdir(dir);
    const out = (name: string) => {
      if (!sys.exists(outside)) sys.mkdir(outside);
      return at(outside, name);
    };
    scene = { dir, at: (name) => at(dir, name), out, kept: new Map() };
    change.prepare?.(scene);
    const paths = new Set(watchedBy(change).map((name) => at(dir, name)));
    initial = directories(dir);
    watched = new Set([...initial].filter(([, path]) => paths.has(path)).map(([identity]) => identity));
  },

  step({ index, cookies: where, also }) {
    const { dir } = scene!;
    const before = directories(dir);
    made = [];
    change.steps[index]?.(scene!);
    const names: string[] = [];
    for (const [identity, path] of directories(dir)) {
      if (also && !initial.has(identity)) continue;
      if (!before.has(identity) || (where === 'watched' && !watched.has(identity))) continue;
      const name = makeCookie(path);
      if (also) sys.mknod(bytes(`${also}${initial.get(identity)!.slice(dir.length)}/${name}`), sys.C.S_IFREG | 0o600);
      names.push(name);
    }
    return names;
  },

  sweep() {
    for (const path of made) sys.unlink(bytes(path));
    return made.map((path) => path.slice(path.lastIndexOf('/') + 1));
  },

  directory: ({ dir }) => sys.mkdir(dir),
  cookies: ({ dir }) => [...directories(dir).values()].map(makeCookie),
  tree: ({ dir }) => readTree(dir),

  end() {
    sys.closeAll();
    scene = undefined;
  },
};

serve(requests);
