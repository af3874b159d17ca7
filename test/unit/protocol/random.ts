/** Numbers that look random and are the same in every run: xorshift32 (Marsaglia 2003), never 0. */
export class Random {
  #state: number;

  /** @param seed 1..2^32-1 */
  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** 0..below-1 */
  below(below: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state % below;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** A copy with one to four bytes changed, and sometimes cut or lengthened. */
  mutate(bytes: Uint8Array): Uint8Array {
    const length = this.below(4) === 0 ? this.below(bytes.length + 16) : bytes.length;
    const copy = new Uint8Array(length);
    copy.set(bytes.subarray(0, length));
    if (length === 0) return copy;
    for (let changes = 1 + this.below(4); changes > 0; changes--) {
      const value = this.pick([0, 1, 0x7f, 0x80, 0xff, this.below(256)]);
      copy[this.below(length)] = value;
    }
    return copy;
  }
}
