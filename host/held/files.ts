/**
 * The files of a mount whose guest opens none (no-open): a bounded table of open host files by node, owned by the metadata
 * lane. In the handle table they are of the kind NODE; the data lane finds them through {@link Answerer}'s hints.
 *
 * A file is opened when it is first read, for writing when it is first written. Nobody says when the guest has closed it:
 * - files for writing are closed when nothing has been written for a moment, so that the host's watchers hear of it;
 * - the least recently used ones are closed beyond the budget, and all that are left when the guest forgets their node;
 * - those that could not be opened again (they have lost their name, the host has put another in its place, their mode forbids it) are
 *   spared, as an open file is the only way to them.
 */
import { SELF } from '../../native/os.js';
import { Errno } from '../../protocol/errno.js';
import { O_ACCMODE, O_RDONLY, O_RDWR, O_WRONLY, S_IFREG } from '../../protocol/linux.js';
import { NAME2 } from '../arena.js';
import type { Context } from '../context.js';
import { cellOf, type Marks } from '../live/clients.js';
import { HandleKind } from '../state/handles.js';
import { Access, type Answerer, MISPLACED, Used } from './shared.js';
import { expireName } from './taken.js';

/** After so long without a write a file is closed, at the latest after twice that. ms */
export const SETTLED = 100;
/** Whoever wakes the lane has a clock of its own. ms */
const MARGIN = 5;
/** One that could not be opened for writing again is spared for so many times {@link SETTLED}. */
const SPARED = 100;
/** Files that one request may work on. */
const IN_USE = 2;
/** Of the budget: so many are closed together, and so many looked at for it. */
const BATCH = 1 / 32;

/** A new open file description of the node's regular file; -errno. `flags`: O_ACCMODE. */
export type OpenNode = (c: Context, node: number, flags: number) => number;

export class HeldFiles {
  /** least recently opened or found used first */
  private readonly order = new Set<number>();
  /** open for writing, with the number of looks since the last write */
  private readonly writable = new Map<number, number>();
  private readonly inUse: number[] = [];
  private alarmAt = Infinity;

  constructor(
    private readonly c: Context,
    private readonly shared: Answerer,
    private readonly marks: Marks,
    private readonly openNode: OpenNode,
    readonly budget: number,
    /** has the lane woken in so many ms */
    private readonly alarm: (milliseconds: number) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get size(): number {
    return this.order.size;
  }

  /** From now on the data lane asks by node. */
  begin(): void {
    this.shared.enable();
  }

  // -- use -----------------------------------------------------------------------------------------------------------

  /**
   * The handle of the node's file for this access, opened if it is not open; -errno: what open(2) would have said. It stays
   * until {@link settle}.
   */
  hold(node: number, access: number): number {
    const { c } = this;
    const held = this.find(node, access);
    if (held >= 0) return this.use(held, node, access);
    if (c.nodes.type[node] !== S_IFREG) return c.isDirectory(node) ? -Errno.EISDIR : -Errno.EINVAL;
    if (access === Access.WRITE && c.readOnly) return -Errno.EROFS;
    let flags = access === Access.WRITE ? O_RDWR : O_RDONLY;
    let fd = this.openNode(c, node, flags);
    if (fd === -Errno.EACCES && access === Access.WRITE) {
      flags = O_WRONLY;
      fd = this.openNode(c, node, flags);
    }
    return fd < 0 ? fd : this.adopt(fd, node, flags);
  }

  /** Any handle of the node's file, for what needs no access of its own (fsync). */
  holdAny(node: number): number {
    const held = this.find(node, Access.WRITE);
    if (held >= 0) return this.use(held, node, Access.WRITE);
    const handle = this.hold(node, Access.READ);
    return handle === -Errno.EACCES ? this.hold(node, Access.WRITE) : handle;
  }

  /** Holds a file that a request has opened (CREATE): its handle. -errno; the descriptor is closed then. */
  adopt(fd: number, node: number, flags: number): number {
    const { c } = this;
    const access = (flags & O_ACCMODE) === O_RDONLY ? Access.READ : Access.WRITE;
    const held = this.find(node, access);
    if (held >= 0 && (c.handles.flags[held] === O_RDWR || (flags & O_ACCMODE) !== O_RDWR)) {
      c.os.close(fd);
      if (access === Access.WRITE) c.live?.closed(node);
      return this.use(held, node, access);
    }
    const handle = c.handles.add(fd, HandleKind.NODE, node, flags & O_ACCMODE);
    if (handle < 0) {
      c.os.close(fd);
      return handle;
    }
    c.live?.opened(handle, node);
    this.order.add(handle);
    if (access === Access.WRITE) {
      this.writable.set(handle, 0);
      this.setAlarm();
    }
    // One that can do both takes the place of the others.
    if ((flags & O_ACCMODE) === O_RDWR) for (const other of this.of(node)) if (other !== handle) this.release(other);
    return this.use(handle, node, access);
  }

  /** Whether the node's file is held for this access. */
  has(node: number, access: number): boolean {
    return this.find(node, access) >= 0;
  }

  /** The data lane's question. */
  answer(nodeLo: number, nodeHi: number, kind: number): number {
    const { c } = this;
    const node = c.nodes.slotOf(nodeLo, nodeHi);
    if (node < 0) return -Errno.ESTALE;
    if (kind === MISPLACED) {
      c.live?.outbox.push({ what: 'inode', node });
      return 0;
    }
    const handle = this.hold(node, kind);
    // The host has put something else there, of which the guest will be told; who opens the name again is to ask at once.
    if (handle === -Errno.ESTALE) expireName(c, node);
    return handle;
  }

  private use(handle: number, node: number, access: number): number {
    this.shared.touch(handle, access === Access.WRITE ? Used.WRITTEN : Used.READ);
    this.shared.setHint(node + 1, handle);
    if (this.inUse.push(handle) > IN_USE) this.inUse.shift();
    return handle;
  }

  private find(node: number, access: number): number {
    for (const handle of this.of(node)) {
      const mode = this.c.handles.flags[handle];
      if (mode === O_RDWR || mode === (access === Access.WRITE ? O_WRONLY : O_RDONLY)) return handle;
    }
    return -1;
  }

  private of(node: number): number[] {
    const found: number[] = [];
    const { handles } = this.c;
    handles.each(node, (handle) => {
      if (handles.kind[handle] === HandleKind.NODE) found.push(handle);
    });
    return found;
  }

  // -- closing -------------------------------------------------------------------------------------------------------

  /** The request is over: closes what is too much. */
  settle(): void {
    this.inUse.length = 0;
    const over = this.order.size - this.budget;
    if (over > 0) this.evict(over + Math.floor(this.budget * BATCH), true);
  }

  /** EMFILE: gives up half of what is held, never what the present request uses. True if anything was given up. */
  shrink(): boolean {
    return this.evict((this.order.size + 1) >> 1, false) > 0;
  }

  /** The guest has forgotten the node. */
  forget(node: number): void {
    for (const handle of this.of(node)) this.release(handle);
  }

  /** All handles have been released. */
  clear(): void {
    this.order.clear();
    this.writable.clear();
  }

  /** Closes files that nothing has been written to lately. Called whenever the lane has been woken. */
  ring(): void {
    if (this.now() < this.alarmAt) return;
    this.alarmAt = Infinity;
    let again = false;
    for (const [handle, looks] of this.writable) {
      // Without a name there is nobody to be told of its end, and no other way to it.
      if (this.c.nodes.nameLength[this.c.handles.node[handle]] === 0) continue;
      const written = this.shared.takeUse(handle, Used.WRITTEN) !== 0;
      const spared = !written && looks < SPARED && !this.isWritableAnew(handle);
      if (!written && !spared && this.releaseIdle(handle)) continue;
      this.writable.set(handle, spared ? looks + 1 : 0);
      again = true;
    }
    if (again) this.setAlarm();
  }

  private setAlarm(): void {
    if (this.alarmAt !== Infinity) return;
    this.alarmAt = this.now() + SETTLED;
    this.alarm(SETTLED + MARGIN);
  }

  /** Closes up to `count` files, second chances given. `careful`: not those that could not be opened again, if there are others. */
  private evict(count: number, careful: boolean): number {
    let closed = 0;
    // What is put behind the others comes up once more: the second time without its mark.
    let looks = 2 * Math.max(count, careful ? count + IN_USE : this.order.size);
    for (const handle of this.order) {
      if (closed >= count || looks-- === 0) break;
      if (this.inUse.includes(handle)) continue;
      const used = this.shared.takeUse(handle, Used.READ);
      const spared = careful && this.order.size < 2 * this.budget && !this.isFoundAnew(handle);
      if (used === 0 && !spared && this.releaseIdle(handle)) {
        closed++;
        continue;
      }
      this.order.delete(handle);
      this.order.add(handle);
    }
    return closed;
  }

  /** Whether the node's name still leads to the file, and it may be opened as it is now. */
  private isFoundAnew(handle: number): boolean {
    const { c } = this;
    const node = c.handles.node[handle];
    if (c.nodes.nameLength[node] === 0) return false;
    const base = c.directory(c.nodes.parent[node]);
    if (base < 0) return false;
    c.nodes.copyName(node, c.arena.memory, NAME2);
    return c.inspect.isNode(base, NAME2, node) && (!this.writable.has(handle) || this.isWritableAnew(handle));
  }

  private isWritableAnew(handle: number): boolean {
    const W_OK = 2;
    return this.c.os.access(this.c.handles.fd[handle], SELF, W_OK) === 0;
  }

  /** Closes it, unless somebody is at it. */
  private releaseIdle(handle: number): boolean {
    const { c } = this;
    const cell = this.cell(handle);
    this.marks.begin(cell);
    const closed = c.os.slotCloseIdle(handle, c.handles.generation[handle]) === 1;
    if (closed) {
      this.account(handle);
      c.handles.released(handle);
    }
    this.marks.end(cell);
    return closed;
  }

  private release(handle: number): void {
    const { c } = this;
    const cell = this.cell(handle);
    this.marks.begin(cell);
    const identity = this.account(handle);
    if (!c.handles.release(handle) && identity !== undefined) c.live?.closedLater(handle, identity);
    this.marks.end(cell);
  }

  /** The other mounts are to see whose doing the end of a file is (live/clients.ts). */
  private cell(handle: number): number {
    const { nodes, handles } = this.c;
    const node = handles.node[handle];
    return cellOf(nodes.inoLo[node], nodes.inoHi[node]);
  }

  /** What was written through the handle is what is known; the end of its writing is ours. */
  private account(handle: number): string | undefined {
    const { c } = this;
    const node = c.handles.node[handle];
    this.order.delete(handle);
    this.shared.takeUse(handle, Used.READ | Used.WRITTEN);
    c.live?.closing(node, handle);
    return this.writable.delete(handle) ? c.live?.closed(node) : undefined;
  }
}
