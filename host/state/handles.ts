/**
 * Open files and directories of one mount: fh ↔ slot ↔ descriptor.
 *
 * fh = generation << 32 | (slot + 1), and maybe WRITE_THROUGH (protocol/behind.ts), which is for the agent; a forged or stale fh is refused by its generation. The descriptor itself lives in
 * the native slot table, which the metadata lane, the data lane and the slow pool share: an operation pins the slot, and
 * a RELEASE closes the descriptor when the last pin has gone. This class, used by the metadata lane only, knows what
 * each slot is and chains the handles of one node.
 */
import type { Os } from '../../native/os.js';
import { Errno } from '../../protocol/errno.js';
import type { NodeTable } from './nodes.js';

/** NODE: a file that no guest has opened by OPEN or CREATE, held for requests that name its node only; no fh is good for it. */
export const HandleKind = { FILE: 1, DIRECTORY: 2, NODE: 3 } as const;

export const LAST_GENERATION = 0x7fff_ffff;

export class HandleTable {
  readonly node: Int32Array;
  readonly kind: Uint8Array;
  /** open flags as the guest gave them (Linux O_*) */
  readonly flags: Int32Array;
  readonly fd: Int32Array;
  readonly generation: Uint32Array;
  private readonly next: Int32Array;
  private readonly free: number[] = [];
  private top = 0;
  private open = 0;

  constructor(
    private readonly os: Os,
    private readonly nodes: NodeTable,
    readonly capacity: number,
  ) {
    this.node = new Int32Array(capacity);
    this.kind = new Uint8Array(capacity);
    this.flags = new Int32Array(capacity);
    this.fd = new Int32Array(capacity).fill(-1);
    this.generation = new Uint32Array(capacity).fill(1);
    this.next = new Int32Array(capacity).fill(-1);
  }

  get size(): number {
    return this.open;
  }

  /** Takes the descriptor over and returns the slot, or -ENFILE when the table is full (the caller closes the fd). */
  add(fd: number, kind: number, node: number, flags: number): number {
    const slot = this.claim(fd, flags, kind === HandleKind.NODE ? node : -1);
    if (slot < 0) return slot;
    this.fd[slot] = fd;
    this.kind[slot] = kind;
    this.node[slot] = node;
    this.flags[slot] = flags;
    this.next[slot] = this.nodes.handle[node];
    this.nodes.handle[node] = slot;
    this.open++;
    return slot;
  }

  /** The slot of an fh given as two words, or -1. */
  slotOf(lo: number, hi: number): number {
    const slot = lo - 1;
    if (slot < 0 || slot >= this.top || this.generation[slot] !== (hi & LAST_GENERATION) || this.fd[slot] < 0)
      return -1;
    return slot;
  }

  /** The slot of an fh of this kind and node, or -1: a handle is good for the node it was opened on and no other. */
  slotFor(lo: number, hi: number, kind: number, node: number): number {
    const slot = this.slotOf(lo, hi);
    return slot >= 0 && this.kind[slot] === kind && this.node[slot] === node ? slot : -1;
  }

  /** Calls with each open handle of the node. */
  each(node: number, call: (handle: number) => void): void {
    for (let slot = this.nodes.handle[node]; slot >= 0; slot = this.next[slot]) call(slot);
  }

  /** Calls with each open handle. */
  all(call: (handle: number) => void): void {
    for (let slot = 0; slot < this.top; slot++) if (this.fd[slot] >= 0) call(slot);
  }

  /** Ends a handle. The descriptor is closed now (true), or by whoever drops the last pin. */
  release(slot: number): boolean {
    const closed = this.os.slotClose(slot, this.generation[slot]);
    this.released(slot);
    return closed === 1;
  }

  /** Ends a handle whose slot has been closed. */
  released(slot: number): void {
    const node = this.node[slot];
    this.unchain(node, slot);
    this.fd[slot] = -1;
    this.open--;
    // A fresh generation keeps old fhs out.
    if (this.generation[slot] < LAST_GENERATION) {
      this.generation[slot]++;
      this.free.push(slot);
    }
    if (this.nodes.handle[node] === -1) this.nodes.handlesGone(node);
  }

  /** Ends all handles (DESTROY, end of session). */
  releaseAll(): void {
    for (let slot = 0; slot < this.top; slot++) if (this.fd[slot] >= 0) this.release(slot);
  }

  /** A free slot, entered into the native table. One that the data lane still pins (-EBUSY) is left for later. */
  private claim(fd: number, flags: number, node: number): number {
    const reused = this.free.pop();
    if (reused !== undefined) {
      const failed = this.enter(reused, fd, flags, node);
      if (failed >= 0) return reused;
      this.free.unshift(reused);
      if (failed !== -Errno.EBUSY) return failed;
    }
    if (this.top >= this.capacity) return -Errno.ENFILE;
    const failed = this.enter(this.top, fd, flags, node);
    return failed < 0 ? failed : this.top++;
  }

  private enter(slot: number, fd: number, flags: number, node: number): number {
    const generation = this.generation[slot];
    if (node < 0) return this.os.slotOpen(slot, generation, fd, flags);
    return this.os.slotOpenNode(slot, generation, fd, flags, node + 1, this.nodes.generation[node]);
  }

  private unchain(node: number, slot: number): void {
    let at = this.nodes.handle[node];
    if (at === slot) {
      this.nodes.handle[node] = this.next[slot];
      return;
    }
    while (this.next[at] !== slot) at = this.next[at];
    this.next[at] = this.next[slot];
  }
}
