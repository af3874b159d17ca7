import { STAT } from '../../native/os.js';

const DEV = STAT.dev >>> 2;
/** A share has one file system, or a few mounted below it. With more, the oldest is asked again. */
const CAPACITY = 16;
const STRIDE = 3;

export const UNKNOWN = 0;
export const CARRIES = 1;
export const REFUSES = 2;

/** Which file systems keep user attributes at all, by device number. Objects are named by the word index of their STAT. */
export class Devices {
  readonly #entries = new Uint32Array(CAPACITY * STRIDE);
  #next = 0;

  /** {@link UNKNOWN}, {@link CARRIES} or {@link REFUSES}. */
  get(words: Uint32Array, stat: number): number {
    const at = this.#find(words, stat);
    return at < 0 ? UNKNOWN : this.#entries[at + 2];
  }

  set(words: Uint32Array, stat: number, answer: number): void {
    let at = this.#find(words, stat);
    if (at < 0) {
      at = this.#next * STRIDE;
      this.#next = (this.#next + 1) % CAPACITY;
      this.#entries[at] = words[stat + DEV];
      this.#entries[at + 1] = words[stat + DEV + 1];
    }
    this.#entries[at + 2] = answer;
  }

  #find(words: Uint32Array, stat: number): number {
    const entries = this.#entries;
    for (let at = 0; at < entries.length; at += STRIDE) {
      if (
        entries[at + 2] !== UNKNOWN &&
        entries[at] === words[stat + DEV] &&
        entries[at + 1] === words[stat + DEV + 1]
      ) {
        return at;
      }
    }
    return -1;
  }
}
