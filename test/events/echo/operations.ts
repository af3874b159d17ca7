/**
 * What a guest may do to a tree, chosen at random: each operation says what it did and what came of it, which is the same on every
 * file system that is right. Names come from a small pool, so that operations meet.
 */
import * as sys from '../../support/sys.js';
import type { Random } from './random.js';

const { C } = sys;

/** What is there, as far as the operations need to know it; paths are relative to the root. */
export class World {
  readonly directories = ['.'];
  readonly files: string[] = [];
  readonly open: { name: string; fd: number }[] = [];

  constructor(
    readonly root: string,
    readonly random: Random,
    /** a directory or a file has come */
    readonly came: (name: string, type: 'directory' | 'file') => void,
  ) {}

  at(name: string): string {
    return `${this.root}/${name}`;
  }

  anyDirectory(): string {
    return this.random.of(this.directories);
  }

  /** An existing one, mostly. */
  anyFile(): string {
    return this.files.length === 0 || this.random.below(20) === 0 ? this.fresh('f') : this.random.of(this.files);
  }

  /** A name of the pool in any directory: there may be one already. */
  fresh(kind: string): string {
    const directory = this.anyDirectory();
    const name = `${kind}${this.random.below(12)}`;
    return directory === '.' ? name : `${directory}/${name}`;
  }

  appeared(name: string, type: 'directory' | 'file'): void {
    const list = type === 'file' ? this.files : this.directories;
    if (list.includes(name)) return;
    list.push(name);
    this.came(name, type);
  }

  gone(name: string): void {
    for (const list of [this.files, this.directories]) {
      const at = list.indexOf(name);
      if (at !== -1) list.splice(at, 1);
    }
  }

  /** With everything below it. */
  renamed(from: string, to: string): void {
    for (const list of [this.files, this.directories])
      for (const [i, name] of list.entries())
        if (name === from || name.startsWith(`${from}/`)) list[i] = to + name.slice(from.length);
  }
}

/** What was done, and what came of it. */
type Operation = (world: World) => string;

const using = (path: string, flags: number, use: (fd: number) => void): void => {
  const fd = sys.open(path, flags);
  try {
    use(fd);
  } finally {
    sys.close(fd);
  }
};

/** Runs the call; "ok" or the errno's name. */
function outcome(act: () => unknown): string {
  try {
    const result = act();
    return typeof result === 'string' ? result : 'ok';
  } catch (error) {
    if (error instanceof sys.SysError) return error.code;
    throw error;
  }
}

const DEEPEST = 4;
const PAGE = 4096;
const second = (seconds: number) => BigInt(seconds) * 1_000_000_000n;

/** An operation on one name. */
function on(what: string, pick: (world: World) => string, act: (world: World, name: string) => unknown): Operation {
  return (world) => {
    const name = pick(world);
    return `${what} ${name}: ${outcome(() => act(world, name))}`;
  };
}

const file = (world: World) => world.anyFile();
const freshFile = (world: World) => world.fresh('f');
const text = ({ random }: World) => 'x'.repeat(1 + random.below(6000));

function rename(world: World, from: string, to: string, flags = 0): string {
  if (from === '.' || to.startsWith(`${from}/`)) return 'not tried';
  const wasFile = world.files.includes(from);
  sys.rename(world.at(from), world.at(to), flags);
  // Two names of one file: nothing has happened.
  if (sys.exists(world.at(from)) && wasFile) return 'stays';
  world.gone(to);
  world.renamed(from, to);
  return 'ok';
}

const writing: Operation[] = [
  on('create', freshFile, (world, name) => {
    sys.close(sys.open(world.at(name), C.O_CREAT | C.O_EXCL | C.O_WRONLY));
    world.appeared(name, 'file');
  }),
  on('write anew', freshFile, (world, name) => {
    sys.writeFile(world.at(name), text(world));
    world.appeared(name, 'file');
  }),
  on('overwrite', file, (world, name) =>
    using(world.at(name), C.O_WRONLY, (fd) => sys.pwrite(fd, text(world), world.random.below(8000))),
  ),
  on('append', file, (world, name) =>
    using(world.at(name), C.O_WRONLY | C.O_APPEND, (fd) => sys.write(fd, text(world))),
  ),
  on('truncate', file, (world, name) => sys.truncate(world.at(name), world.random.below(9000))),
  on('ftruncate', file, (world, name) => using(world.at(name), C.O_WRONLY, (fd) => sys.ftruncate(fd, 100))),
  on('mmap and write', file, (world, name) =>
    using(world.at(name), C.O_RDWR, (fd) => {
      if (sys.fstat(fd).size < PAGE) sys.ftruncate(fd, PAGE);
      const address = sys.mmap(fd, PAGE, C.PROT_READ | C.PROT_WRITE, C.MAP_SHARED);
      sys.store(address, text(world).slice(0, PAGE));
      sys.msync(address, PAGE, C.MS_SYNC);
      sys.munmap(address, PAGE);
    }),
  ),
  on('fallocate', file, (world, name) =>
    using(world.at(name), C.O_WRONLY, (fd) => sys.fallocate(fd, 0, 0, 1 + world.random.below(20_000))),
  ),
  on('punch a hole', file, (world, name) =>
    using(world.at(name), C.O_WRONLY, (fd) =>
      sys.fallocate(fd, C.FALLOC_FL_PUNCH_HOLE | C.FALLOC_FL_KEEP_SIZE, 0, PAGE),
    ),
  ),
  on('open and keep', file, (world, name) => {
    if (world.open.length >= 8) return 'enough';
    world.open.push({ name, fd: sys.open(world.at(name), C.O_RDWR) });
    return 'ok';
  }),
  ({ random, open }) => {
    if (open.length === 0) return 'write to a kept one: none';
    const { name, fd } = random.of(open);
    return `write to the kept ${name}: ${outcome(() => sys.pwrite(fd, 'kept', random.below(100)))}`;
  },
  ({ random, open }) => {
    if (open.length === 0) return 'close a kept one: none';
    const [{ name, fd }] = open.splice(random.below(open.length), 1) as [{ name: string; fd: number }];
    sys.close(fd);
    return `close the kept ${name}`;
  },
];

const naming: Operation[] = [
  on(
    'mkdir',
    (world) => world.fresh('d'),
    (world, name) => {
      if (name.split('/').length > DEEPEST) return 'too deep';
      sys.mkdir(world.at(name));
      world.appeared(name, 'directory');
      return 'ok';
    },
  ),
  on(
    'rmdir',
    (world) => world.anyDirectory(),
    (world, name) => {
      if (name === '.') return 'not tried';
      sys.rmdir(world.at(name));
      world.gone(name);
      return 'ok';
    },
  ),
  on('unlink', file, (world, name) => {
    sys.unlink(world.at(name));
    world.gone(name);
  }),
  on('rename to a new name', file, (world, name) => rename(world, name, world.fresh('r'))),
  on('rename over', file, (world, name) => rename(world, name, world.anyFile())),
  on('rename but never over', file, (world, name) => rename(world, name, world.fresh('f'), C.RENAME_NOREPLACE)),
  on(
    'rename the directory',
    (world) => world.anyDirectory(),
    (world, name) => rename(world, name, world.fresh('d')),
  ),
  on('link', file, (world, name) => {
    const to = world.fresh('l');
    sys.link(world.at(name), world.at(to));
    world.appeared(to, 'file');
    return `ok, ${to}`;
  }),
  on(
    'symlink',
    (world) => world.fresh('s'),
    (world, name) => {
      sys.symlink(`to-${world.random.below(100)}`, world.at(name));
    },
  ),
  on(
    'unlink the symlink',
    (world) => world.fresh('s'),
    (world, name) => sys.unlink(world.at(name)),
  ),
  on(
    'mkfifo',
    (world) => world.fresh('p'),
    (world, name) => sys.mkfifo(world.at(name)),
  ),
  on(
    'unlink the fifo',
    (world) => world.fresh('p'),
    (world, name) => sys.unlink(world.at(name)),
  ),
];

const attributes: Operation[] = [
  on('chmod', file, (world, name) => sys.chmod(world.at(name), 0o600 | world.random.below(0o100))),
  on(
    'chmod the directory',
    (world) => world.anyDirectory(),
    (world, name) => sys.chmod(world.at(name), 0o700 | world.random.below(0o100)),
  ),
  on('chown', file, (world, name) => sys.chown(world.at(name), world.random.below(2000), -1)),
  on('set times', file, (world, name) =>
    sys.utimens(world.at(name), second(1_000_000), second(world.random.below(1e9))),
  ),
  on('touch', file, (world, name) => sys.touch(world.at(name))),
  on('setxattr', file, (world, name) => sys.setxattr(world.at(name), 'user.test', text(world).slice(0, 100))),
  on('removexattr', file, (world, name) => sys.removexattr(world.at(name), 'user.test')),
];

const looking: Operation[] = [
  on('stat', file, (world, name) => {
    const { mode, nlink, size, uid } = sys.lstat(world.at(name));
    return `${mode.toString(8)} ${nlink} ${size} ${uid}`;
  }),
  on(
    'stat a missing one',
    (world) => world.fresh('missing'),
    (world, name) => void sys.stat(world.at(name)),
  ),
  on('read', file, (world, name) => {
    const bytes = sys.readFile(world.at(name));
    return `${bytes.length} bytes, sum ${bytes.reduce((sum, byte) => sum + byte, 0)}`;
  }),
  on(
    'readdir',
    (world) => world.anyDirectory(),
    (world, name) => sys.names(world.at(name)).join(' '),
  ),
  on(
    'readlink',
    (world) => world.fresh('s'),
    (world, name) => sys.readlink(world.at(name)).toString(),
  ),
  on('getxattr', file, (world, name) => `${sys.getxattr(world.at(name), 'user.test').length} bytes`),
  on('listxattr', file, (world, name) => sys.listxattr(world.at(name)).join(' ')),
];

/** How often each sort comes, in proportion. */
const SORTS = [writing, writing, writing, naming, naming, naming, attributes, looking, looking];

/** Does something; what it was and what came of it. */
export function operate(world: World): string {
  return world.random.of(world.random.of(SORTS))(world);
}
