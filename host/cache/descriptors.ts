/**
 * Descriptors by which nodes are reached, under a budget.
 *
 * A directory's descriptor is opened on first use relative to its parent's, checked against the node's identity and kept
 * in an LRU; what falls out is reopened by parent and name. So a tree of any size is served with a few descriptors.
 *
 * Two rules keep the guest inside the share root:
 * - nothing is ever opened by a path: one component at a time, no symlink followed, identity compared afterwards;
 * - a directory that the host moved out of the root while we hold its descriptor is refused: before each use the
 *   system is asked for its present path.
 *
 * Descriptors that fall out of the LRU are closed at {@link settle}, after the request: a handler may hold two at a time.
 */
import { LRUCache } from 'lru-cache';
import { type Os, SELF } from '../../native/os.js';
import { Errno } from '../../protocol/errno.js';
import { type NodeTable, ROOT } from '../state/nodes.js';
import type { Inspector } from './inspect.js';

/** Longest chain of directories that is reopened: beyond every real tree, below a cycle left by moves on the host. */
const MAX_DEPTH = 4096;

/** Directories that one request may work on at a time. */
const IN_USE = 4;
/** PATH_MAX */
const PATH_CAPACITY = 4096;
const ATTEMPTS = 3;

export class Descriptors {
  private readonly directories: LRUCache<number, number>;
  /** descriptors of objects that lost their name while the guest still knows them */
  private readonly orphans: LRUCache<number, number>;
  private readonly closing: number[] = [];
  /** directories that the present request works on: {@link shrink} spares them */
  private readonly inUse = new Int32Array(IN_USE);
  private used = 0;
  private rootPath: Uint8Array;

  constructor(
    private readonly os: Os,
    private readonly nodes: NodeTable,
    private readonly inspect: Inspector,
    private readonly rootFd: number,
    private readonly memory: Uint8Array,
    /** arena scratch for one name */
    private readonly nameScratch: number,
    /** arena scratch for one path, 4096 bytes */
    private readonly pathScratch: number,
    budget: number,
  ) {
    const dispose = (fd: number) => this.closing.push(fd);
    this.directories = new LRUCache({ max: Math.max(8, budget - (budget >> 2)), dispose });
    this.orphans = new LRUCache({ max: Math.max(4, budget >> 2), dispose });
    this.rootPath = this.readRootPath();
  }

  get size(): number {
    return this.directories.size + this.orphans.size;
  }

  /** The request is over: closes what it pushed out. */
  settle(): void {
    this.used = 0;
    this.closeEvicted();
  }

  /** A descriptor of the directory node for use as a base, or -errno; ESTALE if it is not where it was. */
  directory(slot: number): number {
    if (slot === ROOT) return this.rootFd;
    const fd = this.reach(slot, 0);
    if (fd < 0) return fd;
    if (!this.isInside(fd, slot)) return this.lose(slot);
    if (this.used < IN_USE) this.inUse[this.used++] = slot;
    return fd;
  }

  /** A descriptor of an unlinked object that was kept, or -1. */
  orphan(slot: number): number {
    return this.orphans.get(slot) ?? -1;
  }

  /** Keeps the descriptor of an object whose name goes away. */
  keepOrphan(slot: number, fd: number): void {
    if (this.nodes.type[slot] === 0o040000) this.directories.set(slot, fd);
    else this.orphans.set(slot, fd);
  }

  /** The node has a name again, or is gone: its kept descriptor is not needed. */
  dropOrphan(slot: number): void {
    if (this.orphans.size > 0) this.orphans.delete(slot);
  }

  forget(slot: number): void {
    this.directories.delete(slot);
    this.dropOrphan(slot);
  }

  /** EMFILE: gives up half of what is held, never what the present request uses. True if anything was given up. */
  shrink(): boolean {
    const target = Math.max(2 * IN_USE, this.directories.size >> 1);
    if (this.directories.size <= target) return false;
    // The other end of a rename may have been used before a long way of reopened directories to this end.
    for (let i = 0; i < this.used; i++) this.directories.get(this.inUse[i]);
    while (this.directories.size > target) this.directories.pop();
    this.closeEvicted();
    return true;
  }

  close(): void {
    this.directories.clear();
    this.orphans.clear();
    this.closeEvicted();
  }

  private reach(slot: number, depth: number): number {
    if (slot === ROOT) return this.rootFd;
    const held = this.directories.get(slot);
    if (held !== undefined) return held;
    if (this.nodes.nameLength[slot] === 0 || depth > MAX_DEPTH) return -Errno.ESTALE;
    const base = this.reach(this.nodes.parent[slot], depth + 1);
    if (base < 0) return base;
    this.nodes.copyName(slot, this.memory, this.nameScratch);
    let fd = this.os.openDirectory(base, this.nameScratch);
    if ((fd === -Errno.EMFILE || fd === -Errno.ENFILE) && this.shrink())
      fd = this.os.openDirectory(base, this.nameScratch);
    if (fd < 0) return fd === -Errno.ENOENT || fd === -Errno.ENOTDIR || fd === -Errno.ELOOP ? -Errno.ESTALE : fd;
    if (!this.inspect.isNode(fd, SELF, slot)) {
      this.os.close(fd);
      return -Errno.ESTALE;
    }
    this.directories.set(slot, fd);
    return fd;
  }

  private lose(slot: number): number {
    this.directories.delete(slot);
    return -Errno.ESTALE;
  }

  /**
   * Whether the directory behind `fd` is below the root now. A removed one counts as inside: it has no parent any more and
   * takes no children, so nothing outside can be reached through it.
   */
  isInside(fd: number, slot: number): boolean {
    let length = this.os.pathOf(fd, this.pathScratch, PATH_CAPACITY);
    // It may have been moved in the very moment between its path and the look at what is there.
    for (let attempt = 0; length === -Errno.ENOENT && attempt < ATTEMPTS; attempt++) {
      if (this.isRemoved(fd)) return true;
      length = this.os.pathOf(fd, this.pathScratch, PATH_CAPACITY);
    }
    if (length === -Errno.ENAMETOOLONG || length === -Errno.ERANGE) return this.rewalk(slot, 0) === 0;
    if (length < 0) return false;
    if (this.startsWithRoot(length)) return true;
    const moved = this.readRootPath();
    if (Buffer.compare(moved, this.rootPath) === 0) return false;
    this.rootPath = moved;
    return this.startsWithRoot(this.os.pathOf(fd, this.pathScratch, PATH_CAPACITY));
  }

  /** Whether the directory behind it was removed on the host. */
  isRemoved(fd: number): boolean {
    return this.inspect.look(fd, SELF) === 0 && this.inspect.links === 0;
  }

  private closeEvicted(): void {
    while (this.closing.length > 0) this.os.close(this.closing.pop() as number);
  }

  /** For paths longer than the system can say: drops what is held on the way and opens it again from the root. */
  private rewalk(slot: number, depth: number): number {
    if (slot === ROOT) return 0;
    if (this.nodes.nameLength[slot] === 0 || depth > MAX_DEPTH) return -Errno.ESTALE;
    const above = this.rewalk(this.nodes.parent[slot], depth + 1);
    if (above < 0) return above;
    this.directories.delete(slot);
    return Math.min(0, this.reach(slot, 0));
  }

  private startsWithRoot(length: number): boolean {
    const root = this.rootPath;
    const at = this.pathScratch;
    if (length < root.length) return false;
    for (let i = root.length - 1; i >= 0; i--) if (this.memory[at + i] !== root[i]) return false;
    // "/a/bc" is not below "/a/b"; the root "/" itself ends in the separator.
    return length === root.length || root.length === 1 || this.memory[at + root.length] === 0x2f;
  }

  private readRootPath(): Uint8Array {
    const length = this.os.pathOf(this.rootFd, this.pathScratch, PATH_CAPACITY);
    return length > 0 ? this.memory.slice(this.pathScratch, this.pathScratch + length) : new Uint8Array([0]);
  }
}
