/**
 * Open-addressing index from (directory, name) to a slot of the entry table, by the hash that the table keeps of each. As
 * IdentityIndex: linear probing, backward-shift deletion.
 */

export interface Names {
  readonly hash: Uint32Array;
  is(slot: number, directory: number, memory: Uint8Array, nameOff: number, length: number): boolean;
}

const EMPTY = -1;

export class NameIndex {
  private table = new Int32Array(128).fill(EMPTY);
  private mask = 127;
  private used = 0;

  find(names: Names, directory: number, memory: Uint8Array, nameOff: number, length: number): number {
    const hash = nameHash(directory, memory, nameOff, length);
    for (let at = hash & this.mask; ; at = (at + 1) & this.mask) {
      const slot = this.table[at];
      if (slot === EMPTY) return -1;
      if (names.hash[slot] === hash && names.is(slot, directory, memory, nameOff, length)) return slot;
    }
  }

  add(hashes: Uint32Array, slot: number): void {
    if (this.used * 10 >= this.table.length * 7) this.grow(hashes);
    this.place(hashes, slot);
    this.used++;
  }

  remove(hashes: Uint32Array, slot: number): void {
    let hole = hashes[slot] & this.mask;
    while (this.table[hole] !== slot) hole = (hole + 1) & this.mask;
    for (let at = (hole + 1) & this.mask; this.table[at] !== EMPTY; at = (at + 1) & this.mask) {
      const home = hashes[this.table[at]] & this.mask;
      // May fill the hole only if its home is not between the hole and its place (cyclically).
      if (((at - home) & this.mask) < ((at - hole) & this.mask)) continue;
      this.table[hole] = this.table[at];
      hole = at;
    }
    this.table[hole] = EMPTY;
    this.used--;
  }

  get byteLength(): number {
    return this.table.byteLength;
  }

  private place(hashes: Uint32Array, slot: number): void {
    let at = hashes[slot] & this.mask;
    while (this.table[at] !== EMPTY) at = (at + 1) & this.mask;
    this.table[at] = slot;
  }

  private grow(hashes: Uint32Array): void {
    const old = this.table;
    this.table = new Int32Array(old.length * 2).fill(EMPTY);
    this.mask = this.table.length - 1;
    for (const slot of old) if (slot !== EMPTY) this.place(hashes, slot);
  }
}

/** Of a name in a directory; never 0. FNV-1a, and a last round that spreads it over the low bits. */
export function nameHash(directory: number, memory: Uint8Array, offset: number, length: number): number {
  let h = 0x811c9dc5 ^ Math.imul(directory, 0x9e3779b1);
  for (let i = 0; i < length; i++) h = Math.imul(h ^ memory[offset + i], 0x01000193);
  return mix(h);
}

/** Of an inode; never 0. */
export function inodeHash(device: number, inoLo: number, inoHi: number): number {
  return mix(inoLo ^ Math.imul(inoHi, 0x9e3779b1) ^ Math.imul(device + 1, 0x85ebca6b));
}

function mix(h: number): number {
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0 || 1;
}
