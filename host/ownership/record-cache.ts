/**
 * What was read from the records of objects in the node table, by slot of that table.
 *
 * Setting or removing an extended attribute, like chmod, changes the ctime of the inode. So an entry holds as long as
 * the object is the same (dev, ino) and its ctime is the one it had when the record was read: the stat(2) that every
 * request makes anyway says whether the record must be read again, and nobody has to tell us.
 *
 * One gap is left to the caller: a change in the same tick of the file system's clock leaves the ctime as it was. An
 * entry may be stored only if the ctime was older than the longest tick when the record was read ({@link isSettled}).
 *
 * Entries are words of one typed array: nothing to collect, 40 bytes per slot.
 */
import { STAT } from '../../native/os.js';
import { fuse_attr } from '../../protocol/fuse/structs.js';
import type { OwnerRecord } from './record.js';

const INO = fuse_attr.at.ino >>> 2;
const CTIME = fuse_attr.at.ctime >>> 2;
const CTIMENSEC = fuse_attr.at.ctimensec >>> 2;
const DEV = STAT.dev >>> 2;

// Words of an entry.
const STRIDE = 10;
const E_INO = 0;
const E_DEV = 2;
const E_CTIME = 4;
const E_CTIMENSEC = 5;
/** {@link OwnerRecord.has} + 1; 0 = no entry */
const E_HAS = 6;
const E_UID = 7;
const E_GID = 8;
const E_MODE = 9;

const FIRST_SLOTS = 1024;

/** Linux stamps inodes with the time of the last timer tick, at most 10 ms ago (HZ=100); twice that, for the margin. */
const TICK_MS = 20;
/** File systems that keep whole seconds (ext4 with 128-byte inodes, HFS+) show 0 ns. */
const SECOND_TICK_MS = 2000;

/** `nowMs`: milliseconds since the epoch. `stat`: word index of a STAT record. See above. */
export function isSettled(words: Uint32Array, stat: number, nowMs: number): boolean {
  const seconds = words[stat + CTIME] + (words[stat + CTIME + 1] | 0) * 0x1_0000_0000;
  const nanoseconds = words[stat + CTIMENSEC];
  const age = nowMs - seconds * 1000 - nanoseconds / 1e6;
  return age > (nanoseconds === 0 ? SECOND_TICK_MS : TICK_MS);
}

export class RecordCache {
  #entries: Uint32Array;

  /** Memory for `slots` slots to begin with, doubled when they are used up; `reserve` as for the node table. */
  constructor(slots = FIRST_SLOTS, reserve: (bytes: number) => ArrayBuffer = (bytes) => new ArrayBuffer(bytes)) {
    this.#entries = new Uint32Array(reserve(slots * STRIDE * Uint32Array.BYTES_PER_ELEMENT));
  }

  /**
   * Fills `into` from the entry of `slot` if it holds for the object that the STAT record at word index `stat`
   * describes. Allocates nothing.
   */
  get(slot: number, words: Uint32Array, stat: number, into: OwnerRecord): boolean {
    const entries = this.#entries;
    const at = slot * STRIDE;
    if (
      at >= entries.length ||
      entries[at + E_HAS] === 0 ||
      entries[at + E_CTIMENSEC] !== words[stat + CTIMENSEC] ||
      entries[at + E_CTIME] !== words[stat + CTIME] ||
      entries[at + E_INO] !== words[stat + INO] ||
      entries[at + E_INO + 1] !== words[stat + INO + 1] ||
      entries[at + E_DEV] !== words[stat + DEV] ||
      entries[at + E_DEV + 1] !== words[stat + DEV + 1]
    ) {
      return false;
    }
    into.has = entries[at + E_HAS] - 1;
    into.uid = entries[at + E_UID];
    into.gid = entries[at + E_GID];
    into.mode = entries[at + E_MODE];
    return true;
  }

  /** Remembers `record` for the object that the STAT record at word index `stat` describes. */
  set(slot: number, words: Uint32Array, stat: number, record: OwnerRecord): void {
    const at = slot * STRIDE;
    if (at >= this.#entries.length) this.#grow(slot);
    const entries = this.#entries;
    entries[at + E_INO] = words[stat + INO];
    entries[at + E_INO + 1] = words[stat + INO + 1];
    entries[at + E_DEV] = words[stat + DEV];
    entries[at + E_DEV + 1] = words[stat + DEV + 1];
    entries[at + E_CTIME] = words[stat + CTIME];
    entries[at + E_CTIMENSEC] = words[stat + CTIMENSEC];
    entries[at + E_HAS] = record.has + 1;
    entries[at + E_UID] = record.uid;
    entries[at + E_GID] = record.gid;
    entries[at + E_MODE] = record.mode;
  }

  forget(slot: number): void {
    const at = slot * STRIDE;
    if (at < this.#entries.length) this.#entries[at + E_HAS] = 0;
  }

  #grow(slot: number): void {
    let slots = this.#entries.length / STRIDE;
    while (slots <= slot) slots *= 2;
    const entries = new Uint32Array(slots * STRIDE);
    entries.set(this.#entries);
    this.#entries = entries;
  }
}
