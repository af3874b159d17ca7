/**
 * Fresh news of one directory, as the port that reads directories hands it over: some names or all, each with its stat or as
 * absent. Rows of 32-bit words and a slab of name bytes, no object per name.
 */
import type { DirectorySnapshot } from './directory.js';
import { S } from './stat.js';

/** What is known of a name beside its stat. */
export const Flag = {
  /** there is no such name */
  ABSENT: 1,
  /**
   * The watcher said that it is one half of a rename (IN_MOVED_FROM, IN_MOVED_TO), or, with ABSENT, the object is known to
   * live on: if the other half is not in the same batch, it is a move out of or into what we watch.
   */
  MOVED: 2,
} as const;

const NAME = S.words;
const LENGTH = S.words + 1;
const FLAGS = S.words + 2;
/** Words of a row: the stat, offset and length of the name, flags. */
const ROW = S.words + 3;

export class Listing {
  words: Uint32Array;
  names: Uint8Array;
  count = 0;
  private used = 0;

  /** `whole`: names of the snapshot that are not added are absent. `expected`: how many rows to make room for. */
  constructor(
    readonly directory: DirectorySnapshot,
    readonly whole: boolean,
    expected = 16,
  ) {
    this.words = new Uint32Array(expected * ROW);
    this.names = new Uint8Array(expected * 16);
  }

  /** A name that is there: its stat is the row at `at` of `stat`. */
  add(name: Uint8Array, stat: Uint32Array, at = 0, flags = 0): void {
    const row = this.row(name, flags);
    for (let i = 0; i < S.words; i++) this.words[row + i] = stat[at + i];
  }

  /** A name that is not there. */
  addAbsent(name: Uint8Array, flags = 0): void {
    this.row(name, flags | Flag.ABSENT);
  }

  /** Place in `words` of the i-th row: its stat. */
  at(i: number): number {
    return i * ROW;
  }

  flags(i: number): number {
    return this.words[i * ROW + FLAGS];
  }

  nameAt(i: number): number {
    return this.words[i * ROW + NAME];
  }

  nameLength(i: number): number {
    return this.words[i * ROW + LENGTH];
  }

  get byteLength(): number {
    return this.words.byteLength + this.names.byteLength;
  }

  private row(name: Uint8Array, flags: number): number {
    const at = this.count++ * ROW;
    if (at + ROW > this.words.length) {
      const larger = new Uint32Array((at + ROW) * 2);
      larger.set(this.words);
      this.words = larger;
    }
    if (this.used + name.length > this.names.length) {
      const larger = new Uint8Array((this.used + name.length) * 2);
      larger.set(this.names);
      this.names = larger;
    }
    this.names.set(name, this.used);
    this.words[at + NAME] = this.used;
    this.words[at + LENGTH] = name.length;
    this.words[at + FLAGS] = flags;
    this.used += name.length;
    return at;
  }
}
