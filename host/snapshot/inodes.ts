/** The inodes that snapshots know, each once however many names it has: typed columns over an index by (device, ino). */

import { S_IFMT } from '../../protocol/linux.js';
import { enlarge } from '../state/enlarge.js';
import { IdentityIndex } from '../state/identity-index.js';
import { S } from './stat.js';

type Column = Uint16Array | Uint32Array;

export class InodeTable {
  private capacity = 64;
  private top = 0;
  private readonly free: number[] = [];
  private readonly index = new IdentityIndex(128);
  // the keys of the index are the first three columns
  device = new Uint16Array(this.capacity);
  inoLo = new Uint32Array(this.capacity);
  inoHi = new Uint32Array(this.capacity);
  private columns: Column[] = [this.device, this.inoLo, this.inoHi];
  /** first of the inode's names (slot of the entry table), -1 = none known */
  first = new Int32Array(this.capacity);
  /** how many of its names are known */
  names = new Uint32Array(this.capacity);
  /** id of its directory snapshot, -1 = none */
  directory = new Int32Array(this.capacity);

  constructor() {
    while (this.columns.length < S.words) this.columns.push(new Uint32Array(this.capacity));
  }

  /** The slot of this very object, or -1. */
  find(stat: Uint32Array, at: number): number {
    const slot = this.holder(stat, at);
    return slot >= 0 && this.is(slot, stat, at) ? slot : -1;
  }

  /** Whether the slot is of this very object. */
  is(slot: number, stat: Uint32Array, at: number): boolean {
    const type = (this.columns[S.mode][slot] ^ stat[at + S.mode]) & S_IFMT;
    return type === 0 && !this.differs(slot, stat, at, S.device, S.birth + 1);
  }

  /** The slot of the object that has, or as far as we know still has, this inode number; or -1. */
  holder(stat: Uint32Array, at: number): number {
    return this.index.find(this, stat[at + S.device], stat[at + S.inoLo], stat[at + S.inoHi]);
  }

  /** Finds the object or makes a slot for it, whose row is then this one. A dead object loses its number to it. */
  enter(stat: Uint32Array, at: number): number {
    const known = this.find(stat, at);
    if (known >= 0) return known;
    const dead = this.holder(stat, at);
    if (dead >= 0) this.index.remove(this, dead);
    const slot = this.free.pop() ?? this.top++;
    if (slot >= this.capacity) this.grow();
    for (let i = 0; i < S.words; i++) this.columns[i][slot] = stat[at + i];
    this.first[slot] = -1;
    this.names[slot] = 0;
    this.directory[slot] = -1;
    this.index.add(this, slot);
    return slot;
  }

  /** Frees the slot if neither a name nor a snapshot leads to it. */
  release(slot: number): void {
    if (this.names[slot] > 0 || this.directory[slot] >= 0) return;
    this.index.remove(this, slot);
    this.free.push(slot);
  }

  /** `field`: of {@link S}. */
  get(slot: number, field: number): number {
    return this.columns[field][slot];
  }

  /** All of it, as a row of its own. */
  row(slot: number): Uint32Array {
    return Uint32Array.from(this.columns, (column) => column[slot]);
  }

  set(slot: number, field: number, value: number): void {
    this.columns[field][slot] = value;
  }

  /** Whether the row differs from the stat in one of the words from `from` up to, not including, `to`. */
  differs(slot: number, stat: Uint32Array, at: number, from: number, to: number): boolean {
    for (let i = from; i < to; i++) if (this.columns[i][slot] !== stat[at + i]) return true;
    return false;
  }

  /** Takes the words from `from` up to, not including, `to` over from the stat. */
  take(slot: number, stat: Uint32Array, at: number, from: number, to: number): void {
    for (let i = from; i < to; i++) this.columns[i][slot] = stat[at + i];
  }

  get size(): number {
    return this.top - this.free.length;
  }

  get byteLength(): number {
    let bytes = this.first.byteLength + this.names.byteLength + this.directory.byteLength + this.index.byteLength;
    for (const column of this.columns) bytes += column.byteLength;
    return bytes + this.free.length * 8;
  }

  private grow(): void {
    const larger = this.capacity * 2;
    this.device = enlarge(this.device, new Uint16Array(larger));
    this.columns = this.columns.map((old, i) =>
      i === S.device ? this.device : enlarge(old as Uint32Array<ArrayBuffer>, new Uint32Array(larger)),
    );
    this.inoLo = this.columns[S.inoLo] as Uint32Array<ArrayBuffer>;
    this.inoHi = this.columns[S.inoHi] as Uint32Array<ArrayBuffer>;
    this.first = enlarge(this.first, new Int32Array(larger));
    this.names = enlarge(this.names, new Uint32Array(larger));
    this.directory = enlarge(this.directory, new Int32Array(larger));
    this.capacity = larger;
  }
}
