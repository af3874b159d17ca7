/** Tells a guest that was restarted from one that panics again and again: pure, with the clock as an argument. */

/** So many resets … */
export const MOST_RESETS = 8;
/** … within so many ms end the VM. A boot takes 5 s without acceleration, so a circle of panics is found. */
export const RESET_WINDOW = 120_000;
/** Of a guest that has never been ready: one that panics on its way does so again, and its user waits. */
export const MOST_UNREADY_RESETS = 1;
/** Resets so close together are one: a PC is reset in several ways, one after the other, and QEMU tells each. ms */
export const ONE_RESET = 500;

export class ResetLimit {
  #times: number[] = [];
  #last = Number.NEGATIVE_INFINITY;
  #total = 0;
  #ready = false;

  get total(): number {
    return this.#total;
  }

  /** The guest has come up once. */
  ready(): void {
    this.#ready = true;
  }

  /** @param now ms. @returns whether that was one too many */
  count(now: number): boolean {
    const same = now - this.#last < ONE_RESET;
    this.#last = now;
    if (same) return false;
    this.#total++;
    this.#times = [...this.#times.filter((time) => now - time < RESET_WINDOW), now];
    return this.#times.length > (this.#ready ? MOST_RESETS : MOST_UNREADY_RESETS);
  }
}
