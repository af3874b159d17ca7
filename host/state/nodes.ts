/**
 * The node table: nodeid ↔ (device, inode number, birth) ↔ (parent, name), with the kernel's lookup counts.
 *
 * A slot of typed arrays per node, no object per node: a table of 100,000 nodes neither feeds the garbage collector nor
 * costs more than about 60 bytes a node plus its name.
 *
 * nodeid = generation << 32 | (slot + 1). A nodeid is never used twice (the generation of a slot grows with every
 * reuse), nodeid 1 (FUSE_ROOT_ID) is slot 0. The top bit of the high word stays 0: that half of the numbers is the
 * guest agent's to allocate.
 *
 * Birth time belongs to the identity because a host file system reuses inode numbers: a new file with an old number
 * must not inherit the nodeid, and with it the guest's page cache, of the dead one.
 */
import { enlarge } from './enlarge.js';
import { IdentityIndex } from './identity-index.js';
import { NameSlab } from './names.js';

export const ROOT = 0;
/** Slots at the beginning where memory has to be paid for at once. */
const INITIAL = 1024;
/** Generations use 31 bits; a slot that has gone through all of them is never used again. */
const LAST_GENERATION = 0x7fff_ffff;

/** Memory of so many bytes, zeroed. */
export type Reserve = (bytes: number) => ArrayBuffer;

export class NodeTable {
  private capacity: number;
  /** slot of the directory this node was last seen in; ROOT for the root */
  parent: Int32Array;
  device: Uint16Array;
  inoLo: Uint32Array;
  inoHi: Uint32Array;
  birth: Uint32Array;
  generation: Uint32Array;
  /** st_mode's type bits (S_IFMT) */
  type: Uint16Array;
  /** first open handle of the node (slot of the handle table), -1 = none */
  handle: Int32Array;
  /** 0 = the node has no name any more (unlinked): only a descriptor leads to it */
  nameLength: Uint8Array;
  private nameRef: Uint32Array;
  /** the kernel's lookup count; whole numbers, exact up to 2^53 */
  lookups: Float64Array;
  private children: Int32Array;
  private readonly names = new NameSlab();
  private readonly index = new IdentityIndex();
  private readonly freeSlots: number[] = [];
  private top = 1;
  private live = 1;
  /** forgets that exceeded the count: a guest that lies, or a bug of ours; never negative counts */
  excessForgets = 0;

  /**
   * `capacity` slots to begin with, doubled when they are used up. Where `reserve` gives memory that costs nothing until it
   * is touched, a large capacity avoids both the copying and the old columns that wait for the garbage collector.
   */
  constructor(capacity = INITIAL, reserve: Reserve = (bytes) => new ArrayBuffer(bytes)) {
    this.capacity = capacity;
    this.parent = new Int32Array(reserve(capacity * 4));
    this.device = new Uint16Array(reserve(capacity * 2));
    this.inoLo = new Uint32Array(reserve(capacity * 4));
    this.inoHi = new Uint32Array(reserve(capacity * 4));
    this.birth = new Uint32Array(reserve(capacity * 4));
    this.generation = new Uint32Array(reserve(capacity * 4));
    this.type = new Uint16Array(reserve(capacity * 2));
    this.handle = new Int32Array(reserve(capacity * 4));
    this.nameLength = new Uint8Array(reserve(capacity));
    this.nameRef = new Uint32Array(reserve(capacity * 4));
    this.lookups = new Float64Array(reserve(capacity * 8));
    this.children = new Int32Array(reserve(capacity * 4));
    this.handle[ROOT] = -1;
  }

  /** Called when a slot dies, before it can be reused: descriptors and cached records of it end here. */
  onFree: (slot: number) => void = () => {};

  /** Called when a node that the guest knew already is found below another directory than before. */
  onMoved: ((slot: number) => void) | undefined;
  /** Called when the guest forgets a node that has handles: those that are its server's own end here. */
  onUnknown: (slot: number) => void = () => {};

  /** Number of nodes the guest knows, the root included. */
  get size(): number {
    return this.live;
  }

  /** Gives the root its identity; the root is never freed. */
  setRoot(device: number, inoLo: number, inoHi: number, birth: number, type: number): void {
    this.device[ROOT] = device;
    this.inoLo[ROOT] = inoLo;
    this.inoHi[ROOT] = inoHi;
    this.birth[ROOT] = birth;
    this.type[ROOT] = type;
    this.lookups[ROOT] = 1;
    this.index.add(this, ROOT);
  }

  /** The slot of a nodeid given as two words, or -1 for one that is not alive. */
  slotOf(lo: number, hi: number): number {
    const slot = lo - 1;
    if (slot < 0 || slot >= this.top || this.generation[slot] !== hi) return -1;
    return this.lookups[slot] > 0 ? slot : -1;
  }

  /** The slot of a host object, or -1. */
  find(device: number, inoLo: number, inoHi: number, birth: number): number {
    const slot = this.index.find(this, device, inoLo, inoHi);
    return slot >= 0 && this.birth[slot] === birth ? slot : -1;
  }

  /**
   * The guest is about to learn of (parent, name) = this object: finds or makes its node, remembers the name, adds one
   * to the lookup count. The name is at `nameOff` of `memory`.
   */
  enter(
    device: number,
    inoLo: number,
    inoHi: number,
    birth: number,
    type: number,
    parent: number,
    memory: Uint8Array,
    nameOff: number,
    nameLength: number,
  ): number {
    let slot = this.index.find(this, device, inoLo, inoHi);
    const isNew = slot < 0;
    if (slot >= 0 && (this.birth[slot] !== birth || this.type[slot] !== type)) {
      // The inode number was reused: the old node keeps its nodeid (open handles), but no longer its identity.
      this.index.remove(this, slot);
      this.clearName(slot);
      slot = -1;
    }
    if (slot < 0) {
      slot = this.allocate();
      this.device[slot] = device;
      this.inoLo[slot] = inoLo;
      this.inoHi[slot] = inoHi;
      this.birth[slot] = birth;
      this.type[slot] = type;
      this.index.add(this, slot);
    }
    this.lookups[slot]++;
    if (slot !== ROOT) this.setName(slot, parent, memory, nameOff, nameLength, !isNew);
    return slot;
  }

  /** The guest is about to learn of a node once more, by whatever name. */
  again(slot: number): number {
    this.lookups[slot]++;
    return slot;
  }

  /** An object without a name (O_TMPFILE). */
  enterUnnamed(device: number, inoLo: number, inoHi: number, birth: number, type: number, parent: number): number {
    const slot = this.enter(device, inoLo, inoHi, birth, type, parent, EMPTY_NAME, 0, 1);
    this.clearName(slot);
    return slot;
  }

  /** FORGET: takes `count` lookups back; frees the node when none is left and no child leans on it. */
  forget(slot: number, count: number): void {
    if (slot === ROOT) return;
    const left = this.lookups[slot] - count;
    if (left < 0) this.excessForgets++;
    this.lookups[slot] = left > 0 ? left : 0;
    if (left <= 0 && this.handle[slot] !== -1) this.onUnknown(slot);
    this.freeIfUnused(slot);
  }

  /** The node is now (parent, name). `known`: the guest had learned of it before. */
  setName(slot: number, parent: number, memory: Uint8Array, nameOff: number, nameLength: number, known = true): void {
    const oldLength = this.nameLength[slot];
    if (
      oldLength === nameLength &&
      this.parent[slot] === parent &&
      this.names.equals(this.nameRef[slot], nameLength, memory, nameOff)
    )
      return;
    const ref = this.names.store(memory, nameOff, nameLength);
    const moved = known && this.parent[slot] !== parent;
    this.children[parent]++;
    this.clearName(slot);
    this.nameRef[slot] = ref;
    this.nameLength[slot] = nameLength;
    this.parent[slot] = parent;
    if (moved) this.onMoved?.(slot);
  }

  /** The name is gone from the host; the node lives on through descriptors. */
  clearName(slot: number): void {
    const length = this.nameLength[slot];
    if (length === 0) return;
    this.names.release(this.nameRef[slot], length);
    this.nameLength[slot] = 0;
    const parent = this.parent[slot];
    this.children[parent]--;
    this.freeIfUnused(parent);
  }

  hasName(slot: number, parent: number, memory: Uint8Array, nameOff: number, nameLength: number): boolean {
    return (
      this.nameLength[slot] === nameLength &&
      this.parent[slot] === parent &&
      this.names.equals(this.nameRef[slot], nameLength, memory, nameOff)
    );
  }

  /** The name as latin1, '' if it has none. */
  nameText(slot: number): string {
    const buffer = Buffer.alloc(this.nameLength[slot]);
    this.copyName(slot, buffer, 0);
    return buffer.toString('latin1');
  }

  /** Copies the node's name with a closing NUL; the node must have one. Returns its length. */
  copyName(slot: number, target: Uint8Array, offset: number): number {
    const length = this.nameLength[slot];
    this.names.copyTo(this.nameRef[slot], length, target, offset);
    return length;
  }

  lookupCount(slot: number): number {
    return this.lookups[slot];
  }

  private freeIfUnused(first: number): void {
    let slot = first;
    while (slot !== ROOT && this.lookups[slot] === 0 && this.children[slot] === 0 && this.handle[slot] === -1) {
      if (!this.alive(slot)) return;
      this.onFree(slot);
      this.index.remove(this, slot);
      const parent = this.nameLength[slot] > 0 ? this.parent[slot] : -1;
      if (parent >= 0) {
        this.names.release(this.nameRef[slot], this.nameLength[slot]);
        this.nameLength[slot] = 0;
        this.children[parent]--;
      }
      this.live--;
      this.parent[slot] = -1;
      if (this.generation[slot] < LAST_GENERATION) {
        this.generation[slot]++;
        this.freeSlots.push(slot);
      }
      if (parent < 0) return;
      slot = parent;
    }
  }

  /** The last handle of a forgotten node was closed. */
  handlesGone(slot: number): void {
    this.freeIfUnused(slot);
  }

  private alive(slot: number): boolean {
    return this.parent[slot] !== -1;
  }

  private allocate(): number {
    const reused = this.freeSlots.pop();
    const slot = reused ?? this.top++;
    if (slot >= this.capacity) this.grow();
    this.live++;
    this.lookups[slot] = 0;
    this.children[slot] = 0;
    this.handle[slot] = -1;
    this.nameLength[slot] = 0;
    this.parent[slot] = ROOT;
    return slot;
  }

  private grow(): void {
    const n = this.capacity * 2;
    this.parent = enlarge(this.parent, new Int32Array(n));
    this.device = enlarge(this.device, new Uint16Array(n));
    this.inoLo = enlarge(this.inoLo, new Uint32Array(n));
    this.inoHi = enlarge(this.inoHi, new Uint32Array(n));
    this.birth = enlarge(this.birth, new Uint32Array(n));
    this.generation = enlarge(this.generation, new Uint32Array(n));
    this.type = enlarge(this.type, new Uint16Array(n));
    this.handle = enlarge(this.handle, new Int32Array(n));
    this.nameLength = enlarge(this.nameLength, new Uint8Array(n));
    this.nameRef = enlarge(this.nameRef, new Uint32Array(n));
    this.lookups = enlarge(this.lookups, new Float64Array(n));
    this.children = enlarge(this.children, new Int32Array(n));
    this.capacity = n;
  }
}

const EMPTY_NAME = new Uint8Array([0x78]);
