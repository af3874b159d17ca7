/** Numbers that look random and are the same for the same seed: a 32-bit xorshift (Marsaglia, "Xorshift RNGs", 2003). */
export class Random {
  constructor(private state: number) {
    if (state >>> 0 === 0) throw new RangeError('the seed of a xorshift is not 0');
  }

  /** 0 … below limit */
  below(limit: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % limit;
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}
