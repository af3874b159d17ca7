/**
 * Open-addressing index from a file's identity (device, inode number) to its slot in the node table. Linear probing with
 * backward-shift deletion: no tombstones, so churn (a build tree created and removed all day) never degrades it.
 * The keys live in the node table; the index stores slots only.
 */

export interface Keys {
  readonly device: Uint16Array;
  readonly inoLo: Uint32Array;
  readonly inoHi: Uint32Array;
}

const EMPTY = -1;

export class IdentityIndex {
  private table: Int32Array;
  private mask: number;
  private used = 0;

  constructor(capacity = 1024) {
    this.table = new Int32Array(capacity).fill(EMPTY);
    this.mask = capacity - 1;
  }

  find(keys: Keys, device: number, inoLo: number, inoHi: number): number {
    let at = hash(device, inoLo, inoHi) & this.mask;
    for (;;) {
      const slot = this.table[at];
      if (slot === EMPTY) return -1;
      if (keys.inoLo[slot] === inoLo && keys.inoHi[slot] === inoHi && keys.device[slot] === device) return slot;
      at = (at + 1) & this.mask;
    }
  }

  /** Adds a slot whose key is not in the index yet. */
  add(keys: Keys, slot: number): void {
    if (this.used * 10 >= this.table.length * 7) this.grow(keys);
    this.place(keys, slot);
    this.used++;
  }

  /** Removes exactly this slot; no effect if another slot holds the key (a reused inode number). */
  remove(keys: Keys, slot: number): boolean {
    let at = hash(keys.device[slot], keys.inoLo[slot], keys.inoHi[slot]) & this.mask;
    while (this.table[at] !== slot) {
      if (this.table[at] === EMPTY) return false;
      at = (at + 1) & this.mask;
    }
    let hole = at;
    for (;;) {
      at = (at + 1) & this.mask;
      const other = this.table[at];
      if (other === EMPTY) break;
      const home = hash(keys.device[other], keys.inoLo[other], keys.inoHi[other]) & this.mask;
      // `other` may fill the hole only if its home is not between the hole and its place (cyclically).
      if (((at - home) & this.mask) >= ((at - hole) & this.mask)) {
        this.table[hole] = other;
        hole = at;
      }
    }
    this.table[hole] = EMPTY;
    this.used--;
    return true;
  }

  get byteLength(): number {
    return this.table.byteLength;
  }

  private place(keys: Keys, slot: number): void {
    let at = hash(keys.device[slot], keys.inoLo[slot], keys.inoHi[slot]) & this.mask;
    while (this.table[at] !== EMPTY) at = (at + 1) & this.mask;
    this.table[at] = slot;
  }

  private grow(keys: Keys): void {
    const old = this.table;
    this.table = new Int32Array(old.length * 2).fill(EMPTY);
    this.mask = this.table.length - 1;
    for (const slot of old) if (slot !== EMPTY) this.place(keys, slot);
  }
}

function hash(device: number, inoLo: number, inoHi: number): number {
  let h = Math.imul(inoLo ^ Math.imul(inoHi, 0x9e3779b1) ^ Math.imul(device, 0x85ebca6b), 0x2c1b3c6d);
  h ^= h >>> 15;
  h = Math.imul(h, 0x297a2d39);
  return (h ^ (h >>> 13)) >>> 0;
}
