/** The arena of a thread that passes only a few strings to the operating system. */
import { os } from '../native/index.js';

export class Strings {
  readonly #bytes: Uint8Array;
  #next = 0;

  /** Becomes the arena of the calling thread. @param size room for all strings and their NULs, bytes */
  constructor(size: number) {
    const arena = os.createArena(size);
    os.attachArena(arena);
    this.#bytes = new Uint8Array(arena);
  }

  /** Offset of the string, NUL-terminated. @throws RangeError if it does not fit or contains a NUL */
  put(text: string | Uint8Array): number {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    if (bytes.includes(0)) throw new RangeError('a string of a call contains a NUL byte');
    const offset = this.reserve(bytes.length + 1);
    this.#bytes.set(bytes, offset);
    return offset;
  }

  /** Offset of `size` zero bytes, aligned for any struct. @throws RangeError if they do not fit */
  reserve(size: number): number {
    const offset = this.#next;
    if (offset + size > this.#bytes.length) throw new RangeError('the strings of a call are too long');
    this.#next = Math.ceil((offset + size) / 8) * 8;
    return offset;
  }
}
