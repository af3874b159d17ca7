/** Keeps those who run beside each other together: the host's own directory is many times faster than a mount of it. */
export class Pace {
  private readonly steps: number[];
  private waiting: { index: number; resolve: () => void }[] = [];

  /** @param lead steps that one may be ahead of the slowest */
  constructor(
    runners: number,
    private readonly lead: number,
  ) {
    this.steps = Array.from({ length: runners }, () => 0);
  }

  /** Resolves when the runner may make its next step. */
  async step(index: number): Promise<void> {
    this.steps[index]!++;
    this.wake();
    if (this.ahead(index)) await new Promise<void>((resolve) => this.waiting.push({ index, resolve }));
  }

  /** The others do not wait for it any more. */
  leave(index: number): void {
    this.steps[index] = Number.POSITIVE_INFINITY;
    this.wake();
  }

  private ahead(index: number): boolean {
    const own = this.steps[index]!;
    return own > Math.min(...this.steps) + this.lead;
  }

  private wake(): void {
    const [still, free] = [this.waiting.filter(({ index }) => this.ahead(index)), this.waiting];
    this.waiting = still;
    for (const each of free) if (!still.includes(each)) each.resolve();
  }
}
