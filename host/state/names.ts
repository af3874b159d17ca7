/**
 * Storage for the names of nodes: one growing byte slab with free lists per size class, so that a hundred thousand
 * names cost neither objects nor garbage collection. Names are bytes, 1..255 of them (NAME_MAX), never decoded.
 */

const CLASS_BYTES = 8;
const CLASSES = 33;

export class NameSlab {
  private bytes: Uint8Array;
  private top = CLASS_BYTES;
  private readonly free: number[][] = Array.from({ length: CLASSES }, () => []);

  constructor(initialBytes = 64 * 1024) {
    this.bytes = new Uint8Array(initialBytes);
  }

  /** Stores a copy of `length` bytes and returns its reference (an offset, never 0). */
  store(source: Uint8Array, offset: number, length: number): number {
    const sizeClass = (length + CLASS_BYTES - 1) >> 3;
    let ref = this.free[sizeClass].pop();
    if (ref === undefined) {
      const size = sizeClass * CLASS_BYTES;
      if (this.top + size > this.bytes.length) this.grow(this.top + size);
      ref = this.top;
      this.top += size;
    }
    for (let i = 0; i < length; i++) this.bytes[ref + i] = source[offset + i];
    return ref;
  }

  /** Gives the storage of a name back; `length` as it was stored. */
  release(ref: number, length: number): void {
    this.free[(length + CLASS_BYTES - 1) >> 3].push(ref);
  }

  equals(ref: number, length: number, other: Uint8Array, offset: number): boolean {
    for (let i = 0; i < length; i++) if (this.bytes[ref + i] !== other[offset + i]) return false;
    return true;
  }

  /** Copies a name and a NUL behind it to `target`. */
  copyTo(ref: number, length: number, target: Uint8Array, offset: number): void {
    for (let i = 0; i < length; i++) target[offset + i] = this.bytes[ref + i];
    target[offset + length] = 0;
  }

  get byteLength(): number {
    let bytes = this.bytes.length;
    for (const refs of this.free) bytes += refs.length * 8;
    return bytes;
  }

  private grow(needed: number): void {
    let size = this.bytes.length * 2;
    while (size < needed) size *= 2;
    const larger = new Uint8Array(size);
    larger.set(this.bytes);
    this.bytes = larger;
  }
}
