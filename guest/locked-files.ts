/**
 * The files on which this mount's kernel may hold locks at the daemon: pairs of nodeid and file handle, in a table of typed
 * arrays (open addressing, linear probing, hashed by nodeid alone).
 *
 * A pair enters with the first lock request through that handle and leaves with the handle's RELEASE. By then nothing
 * is left of those locks that a FLUSH would have to end: whoever asked through the handle had a descriptor of it, closing the
 * last one comes before RELEASE, and each closing sends a FLUSH of its own (fs/open.c filp_flush, fs/fuse/file.c). FORGET
 * says less: it may take back one lookup of many.
 */

/** Words of a pair: nodeid and handle, low half first. A nodeid of 0 (never valid) is an empty place. */
const NODE_LO = 0;
const NODE_HI = 1;
const FH_LO = 2;
const FH_HI = 3;
const WORDS = 4;

/** Power of two; 128 KiB, from the first lock on. */
const PLACES = 8192;
const MASK = PLACES - 1;
/** Most pairs: half of the places, so that searches stay short. */
export const LOCKED_FILES_LIMIT = PLACES / 2;

function home(nodeLo: number, nodeHi: number): number {
  // Nodeids count up: multiplied by an odd number they spread.
  return (Math.imul(nodeLo ^ Math.imul(nodeHi, 0x9e3779b1), 0x85ebca6b) >>> 16) & MASK;
}

export class LockedFiles {
  #words = new Uint32Array(0);
  #count = 0;
  #overflowed = false;

  /** Of pairs. */
  get size(): number {
    return this.#count;
  }

  /** Whether a lock may be held on the node. Once there were too many at a time, on every one. */
  has(nodeLo: number, nodeHi: number): boolean {
    if (this.#overflowed) return true;
    if (this.#count === 0) return false;
    const words = this.#words;
    for (let place = home(nodeLo, nodeHi); this.#used(place); place = (place + 1) & MASK) {
      const at = place * WORDS;
      if (words[at + NODE_LO] === nodeLo && words[at + NODE_HI] === nodeHi) return true;
    }
    return false;
  }

  add(nodeLo: number, nodeHi: number, fhLo: number, fhHi: number): void {
    if (this.#overflowed) return;
    if (this.#words.length === 0) this.#words = new Uint32Array(PLACES * WORDS);
    const place = this.#find(nodeLo, nodeHi, fhLo, fhHi);
    if (this.#used(place)) return;
    if (this.#count === LOCKED_FILES_LIMIT) {
      this.#overflowed = true;
      this.#words = new Uint32Array(0);
      this.#count = 0;
      return;
    }
    const at = place * WORDS;
    this.#words[at + NODE_LO] = nodeLo;
    this.#words[at + NODE_HI] = nodeHi;
    this.#words[at + FH_LO] = fhLo;
    this.#words[at + FH_HI] = fhHi;
    this.#count++;
  }

  /** The handle is gone. */
  remove(nodeLo: number, nodeHi: number, fhLo: number, fhHi: number): void {
    if (this.#count === 0) return;
    let hole = this.#find(nodeLo, nodeHi, fhLo, fhHi);
    if (!this.#used(hole)) return;
    const words = this.#words;
    // What a search would not find behind the hole any more moves into it.
    for (let place = (hole + 1) & MASK; this.#used(place); place = (place + 1) & MASK) {
      const at = place * WORDS;
      const wanted = home(words[at + NODE_LO]!, words[at + NODE_HI]!);
      if (((place - wanted) & MASK) < ((place - hole) & MASK)) continue;
      words.copyWithin(hole * WORDS, at, at + WORDS);
      hole = place;
    }
    words.fill(0, hole * WORDS, (hole + 1) * WORDS);
    this.#count--;
  }

  /** The place of the pair, or the empty one where it belongs. */
  #find(nodeLo: number, nodeHi: number, fhLo: number, fhHi: number): number {
    const words = this.#words;
    let place = home(nodeLo, nodeHi);
    for (; this.#used(place); place = (place + 1) & MASK) {
      const at = place * WORDS;
      const same = words[at + NODE_LO] === nodeLo && words[at + NODE_HI] === nodeHi;
      if (same && words[at + FH_LO] === fhLo && words[at + FH_HI] === fhHi) break;
    }
    return place;
  }

  #used(place: number): boolean {
    const at = place * WORDS;
    return (this.#words[at + NODE_LO]! | this.#words[at + NODE_HI]!) !== 0;
  }
}
