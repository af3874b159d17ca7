/**
 * What is known of one directory: its names, in an order that readers can rely on.
 *
 * readdir offsets are numbers that grow with every name added; a name keeps its own until it is gone, and no other name ever
 * gets it. So a reader that goes on behind the last offset it was given meets every name that stays exactly once, whatever
 * comes and goes meanwhile. One that also stops at the {@link end} it noted at the beginning meets an end even if each
 * name that it reads is renamed at once (the loop that tmpfs and btrfs had to learn to break).
 */
import type { EntryTable } from './entries.js';

/** {@link DirectorySnapshot.find}: the directory has no such name. Only a complete snapshot can say so. */
export const ABSENT = -1;
/** {@link DirectorySnapshot.find}: not known; ask the host. */
export const UNKNOWN = -2;
/** Offset of the first name; those below are for the start, "." and "..". */
export const FIRST_OFFSET = 3;

/** Gone names are cleared away when they are more than half, and more than a few. */
const FEW = 8;
/** What the object costs beside its order: measured, about. */
const OBJECT_BYTES = 200;

export class DirectorySnapshot {
  /** Every name of the directory is known, so what is not here is not there. */
  complete = false;
  private order = new Int32Array(FEW);
  private length = 0;
  private gone = 0;
  private lastOffset = FIRST_OFFSET - 1;

  constructor(
    readonly id: number,
    /** slot of the directory's own inode */
    readonly inode: number,
    private readonly entries: EntryTable,
  ) {}

  /** The slot of a name in the entry table, {@link ABSENT} or {@link UNKNOWN}. */
  find(memory: Uint8Array, nameOff: number, length: number): number {
    const slot = this.entries.find(this.id, memory, nameOff, length);
    return slot >= 0 ? slot : this.complete ? ABSENT : UNKNOWN;
  }

  /** The name leads to this inode from now on; a name that is here already keeps its offset. Result: its slot. */
  put(memory: Uint8Array, nameOff: number, length: number, inode: number): number {
    let slot = this.entries.find(this.id, memory, nameOff, length);
    if (slot < 0) {
      slot = this.entries.add(this.id, memory, nameOff, length, ++this.lastOffset);
      if (this.length === this.order.length) {
        const larger = new Int32Array(this.length * 2);
        larger.set(this.order);
        this.order = larger;
      }
      this.order[this.length++] = slot;
    }
    this.entries.bind(slot, inode);
    return slot;
  }

  /** The name of this slot is gone. */
  remove(slot: number): void {
    this.entries.remove(slot);
    this.gone++;
    if (this.gone > FEW && this.gone * 2 > this.length) this.tidy();
  }

  /** All names are gone. */
  clear(): void {
    for (let i = 0; i < this.length; i++) {
      if (this.entries.inode[this.order[i]] >= 0) this.entries.remove(this.order[i]);
    }
    this.gone = this.length;
    this.tidy();
    this.complete = false;
  }

  /** Slot of the first name behind `offset` and not behind `end`, or -1. Its own offset is in the entry table. */
  after(offset: number, end: number): number {
    let low = 0;
    for (let high = this.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (this.entries.offset[this.order[middle]] > offset) high = middle;
      else low = middle + 1;
    }
    for (; low < this.length; low++) {
      const slot = this.order[low];
      if (this.entries.offset[slot] > end) return -1;
      if (this.entries.inode[slot] >= 0) return slot;
    }
    return -1;
  }

  /** The last offset given so far: where a reader that starts now (opendir, rewinddir) is to stop. */
  get end(): number {
    return this.lastOffset;
  }

  /** Number of names. */
  get size(): number {
    return this.length - this.gone;
  }

  /** What this directory costs beside its rows in the tables. */
  get byteLength(): number {
    return OBJECT_BYTES + this.order.byteLength;
  }

  /** The slots of all names, in order; do not change the directory meanwhile. */
  *slots(): Generator<number> {
    for (let i = 0; i < this.length; i++) if (this.entries.inode[this.order[i]] >= 0) yield this.order[i];
  }

  private tidy(): void {
    let kept = 0;
    for (let i = 0; i < this.length; i++) {
      const slot = this.order[i];
      if (this.entries.inode[slot] >= 0) this.order[kept++] = slot;
      else this.entries.recycle(slot);
    }
    this.length = kept;
    this.gone = 0;
    if (this.order.length > 4 * Math.max(kept, FEW)) this.order = this.order.slice(0, 2 * Math.max(kept, FEW));
  }
}
