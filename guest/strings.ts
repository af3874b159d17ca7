/** Strings that are passed to the operating system, laid out in a part of the calling thread's arena. */
export class Strings {
  readonly #bytes: Uint8Array;
  #next: number;

  /** @param start first offset that may be used; everything behind it may be, too */
  constructor(arena: ArrayBuffer, start = 0) {
    this.#bytes = new Uint8Array(arena);
    this.#next = start;
  }

  /** Offset of the string, NUL-terminated. @throws RangeError if it does not fit or contains a NUL */
  put(text: string | Uint8Array): number {
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    if (bytes.includes(0)) throw new RangeError('a string of a call contains a NUL byte');
    const offset = this.#next;
    if (offset + bytes.length >= this.#bytes.length) throw new RangeError('the strings of a call are too long');
    this.#bytes.set(bytes, offset);
    this.#bytes[offset + bytes.length] = 0;
    this.#next += bytes.length + 1;
    return offset;
  }
}
