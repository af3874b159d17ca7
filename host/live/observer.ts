/**
 * Looking at the host on behalf of the live directories: stats of names and nodes as rows, and which node is which. The only
 * place here that makes system calls; it works on the lane's arena between requests.
 */
import { type Os, SELF, STAT } from '../../native/os.js';
import { direntSize, FUSE_NAME_OFFSET } from '../../protocol/fuse/dirent.js';
import { fuse_dirent } from '../../protocol/fuse/structs.js';
import { O_DIRECTORY, O_RDONLY, S_IFDIR } from '../../protocol/linux.js';
import { type Arena, BLOCK, BLOCK_SIZE, NAME2, SMALL, STAT_AT } from '../arena.js';
import type { Context } from '../context.js';
import { readStat, S } from '../snapshot/stat.js';

export class Observer {
  readonly row = new Uint32Array(S.words);
  private readonly identityRow = new Uint32Array(S.words);
  private readonly os: Os;
  private strangers = 0;

  constructor(private readonly c: Context) {
    this.os = c.os;
  }

  /** The row of what `inspect` saw last, before anything was reported to a caller. */
  seen(): Uint32Array {
    const { inspect, arena } = this.c;
    readStat(arena.words, STAT_AT, inspect.device, this.row, 0);
    this.row[S.inoLo] = inspect.inoLo;
    this.row[S.inoHi] = inspect.inoHi;
    return this.row;
  }

  /** Stats a name (latin1) of a directory node into `row`, and leaves it as the context's target: 0 or -errno. */
  look(directory: number, name: string): number {
    const { c } = this;
    const base = c.directory(directory);
    if (base < 0) return base;
    this.putName(name);
    const failed = c.inspect.look(base, NAME2);
    if (failed < 0) return failed;
    c.targetFd = base;
    c.targetName = NAME2;
    this.seen();
    return 0;
  }

  /** Stats the node's own object, by whatever way leads to it, into `row`. */
  lookAtNode(slot: number): number {
    const failed = this.c.look(slot);
    if (failed < 0) return failed;
    this.seen();
    return 0;
  }

  /** A directory's descriptor, its row in `row`; -errno. */
  lookAtDirectory(slot: number): number {
    const fd = this.c.directory(slot);
    if (fd < 0) return fd;
    const failed = this.c.inspect.look(fd, SELF);
    if (failed < 0) return failed;
    this.seen();
    return fd;
  }

  /** What tells an object from others, as a key. */
  identity(row: Uint32Array): string {
    return `${row[S.device]}/${row[S.inoLo]}/${row[S.inoHi]}`;
  }

  /** A row of which only the identity is filled in. */
  rowOfNode(slot: number): Uint32Array {
    const { nodes } = this.c;
    const { identityRow: row } = this;
    row[S.device] = nodes.device[slot];
    row[S.inoLo] = nodes.inoLo[slot];
    row[S.inoHi] = nodes.inoHi[slot];
    row[S.birth] = nodes.birth[slot];
    row[S.mode] = nodes.type[slot];
    return row;
  }

  identityOfNode(slot: number): string {
    const { nodes } = this.c;
    return `${nodes.device[slot]}/${nodes.inoLo[slot]}/${nodes.inoHi[slot]}`;
  }

  /** The node of the object of a row, -1 if the guest does not know it. */
  nodeOf(row: Uint32Array): number {
    return this.c.nodes.find(row[S.device], row[S.inoLo], row[S.inoHi], row[S.birth]);
  }

  /** Whether what was looked at last came to be at `time` (ms since 1970) or later; false where the file system does not say. */
  isBornSince(time: number): boolean {
    const { words } = this.c.arena;
    const at = STAT_AT >> 2;
    if (words[at + (STAT.hasBtime >> 2)] !== 1) return false;
    return words[at + (STAT.btime >> 2)] * 1000 + words[at + (STAT.btimeNsec >> 2)] / 1e6 >= time;
  }

  /** A row for an object that is gone, of which nothing is known but its type. */
  stranger(type: number): Uint32Array {
    const row = new Uint32Array(S.words);
    row[S.device] = STRANGE;
    row[S.inoLo] = ++this.strangers;
    row[S.mode] = type | (type === S_IFDIR ? 0o755 : 0o644);
    row[S.nlink] = 1;
    return row;
  }

  /** All names of a directory, in latin1; -errno. What changes meanwhile may be there or not. */
  list(directory: number, each: (name: string) => void): number {
    const { c } = this;
    const base = c.directory(directory);
    if (base < 0) return base;
    return listNames(this.os, c.arena, base, each);
  }

  private putName(name: string): void {
    const { memory } = this.c.arena;
    for (let i = 0; i < name.length; i++) memory[NAME2 + i] = name.charCodeAt(i);
    memory[NAME2 + name.length] = 0;
  }
}

const D = fuse_dirent.at;
/** No device has this index. */
const STRANGE = 0xffff;

function listNames(os: Os, { words, memory }: Arena, base: number, each: (name: string) => void): number {
  const fd = os.reopen(base, O_RDONLY | O_DIRECTORY);
  if (fd < 0) return fd;
  try {
    words[SMALL >> 2] = 0;
    words[(SMALL >> 2) + 1] = 0;
    const names: string[] = [];
    for (;;) {
      const bytes = os.readDirectory(fd, SMALL, BLOCK, BLOCK_SIZE);
      if (bytes < 0) return bytes;
      if (bytes === 0) break;
      for (let at = BLOCK, next = at; at < BLOCK + bytes; at = next) {
        const length = words[(at + D.namelen) >> 2];
        next = at + direntSize(length);
        words[SMALL >> 2] = words[(at + D.off) >> 2];
        words[(SMALL >> 2) + 1] = words[(at + D.off + 4) >> 2];
        const name = Buffer.from(memory.buffer, at + FUSE_NAME_OFFSET, length).toString('latin1');
        if (name !== '.' && name !== '..') names.push(name);
      }
    }
    for (const name of names) each(name);
    return 0;
  } finally {
    os.close(fd);
  }
}
