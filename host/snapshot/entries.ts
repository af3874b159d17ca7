/**
 * The names that snapshots know, of all directories of a share in one table: (directory, name) → inode, as typed columns.
 * The names of one inode are a list, so that a hard link is found from any of them.
 */
import { enlarge } from '../state/enlarge.js';
import { NameSlab } from '../state/names.js';
import type { InodeTable } from './inodes.js';
import { NameIndex, nameHash } from './name-index.js';

export class EntryTable {
  private capacity = 64;
  private top = 0;
  private readonly free: number[] = [];
  private readonly index = new NameIndex();
  private readonly slab = new NameSlab(1024);
  private readonly scratch = Buffer.alloc(256);
  /** id of the directory snapshot */
  directory = new Int32Array(this.capacity);
  /** slot of the inode; -1 for a name that is gone, while its offset still marks a place for readers */
  inode = new Int32Array(this.capacity);
  hash = new Uint32Array(this.capacity);
  /** readdir offset: grows with every name that is added to the directory; whole numbers up to 2^53 */
  offset = new Float64Array(this.capacity);
  private nameRef = new Uint32Array(this.capacity);
  private nameLength = new Uint8Array(this.capacity);
  /** other names of the inode, -1 at the ends */
  private next = new Int32Array(this.capacity);
  private previous = new Int32Array(this.capacity);

  constructor(private readonly inodes: InodeTable) {}

  find(directory: number, memory: Uint8Array, nameOff: number, length: number): number {
    return this.index.find(this, directory, memory, nameOff, length);
  }

  is(slot: number, directory: number, memory: Uint8Array, nameOff: number, length: number): boolean {
    return (
      this.directory[slot] === directory &&
      this.nameLength[slot] === length &&
      this.slab.equals(this.nameRef[slot], length, memory, nameOff)
    );
  }

  /** A name that the directory does not have yet; it leads to no inode until {@link bind}. */
  add(directory: number, memory: Uint8Array, nameOff: number, length: number, offset: number): number {
    const slot = this.free.pop() ?? this.top++;
    if (slot >= this.capacity) this.grow();
    this.directory[slot] = directory;
    this.inode[slot] = -1;
    this.hash[slot] = nameHash(directory, memory, nameOff, length);
    this.offset[slot] = offset;
    this.nameRef[slot] = this.slab.store(memory, nameOff, length);
    this.nameLength[slot] = length;
    this.index.add(this.hash, slot);
    return slot;
  }

  /** From now on the name leads to this inode; the one that it led to is left, and freed if nothing else leads there. */
  bind(slot: number, inode: number): void {
    const old = this.inode[slot];
    if (old === inode) return;
    const { first, names } = this.inodes;
    this.inode[slot] = inode;
    if (old >= 0) this.unchain(slot, old);
    this.previous[slot] = -1;
    this.next[slot] = first[inode];
    if (first[inode] >= 0) this.previous[first[inode]] = slot;
    first[inode] = slot;
    names[inode]++;
    if (old >= 0) this.inodes.release(old);
  }

  /** The name is gone. Its slot is not used again before {@link recycle}. */
  remove(slot: number): void {
    const inode = this.inode[slot];
    this.index.remove(this.hash, slot);
    this.slab.release(this.nameRef[slot], this.nameLength[slot]);
    this.inode[slot] = -1;
    if (inode < 0) return;
    this.unchain(slot, inode);
    this.inodes.release(inode);
  }

  recycle(slot: number): void {
    this.free.push(slot);
  }

  /** The next name of the same inode, or -1; the first is `first` of the inode table. */
  sibling(slot: number): number {
    return this.next[slot];
  }

  /** The name in latin1: a character for each byte. */
  name(slot: number): string {
    const length = this.copyName(slot, this.scratch, 0);
    return this.scratch.toString('latin1', 0, length);
  }

  /** Copies the name with a closing NUL; returns its length. */
  copyName(slot: number, target: Uint8Array, offset: number): number {
    this.slab.copyTo(this.nameRef[slot], this.nameLength[slot], target, offset);
    return this.nameLength[slot];
  }

  /** Slots in use, gone names that wait for their directory's clean-up included. */
  get size(): number {
    return this.top - this.free.length;
  }

  /** Slots are below this number. */
  get limit(): number {
    return this.top;
  }

  get byteLength(): number {
    return (
      this.capacity * (4 + 4 + 4 + 8 + 4 + 1 + 4 + 4) +
      this.index.byteLength +
      this.slab.byteLength +
      this.free.length * 8
    );
  }

  private unchain(slot: number, inode: number): void {
    const before = this.previous[slot];
    const after = this.next[slot];
    if (before >= 0) this.next[before] = after;
    else this.inodes.first[inode] = after;
    if (after >= 0) this.previous[after] = before;
    this.inodes.names[inode]--;
  }

  private grow(): void {
    const n = this.capacity * 2;
    this.directory = enlarge(this.directory, new Int32Array(n));
    this.inode = enlarge(this.inode, new Int32Array(n));
    this.hash = enlarge(this.hash, new Uint32Array(n));
    this.offset = enlarge(this.offset, new Float64Array(n));
    this.nameRef = enlarge(this.nameRef, new Uint32Array(n));
    this.nameLength = enlarge(this.nameLength, new Uint8Array(n));
    this.next = enlarge(this.next, new Int32Array(n));
    this.previous = enlarge(this.previous, new Int32Array(n));
    this.capacity = n;
  }
}
