/** Tells a guest that was restarted from one that panics again and again: pure, with the clock as an argument. */

/** So many resets (a PC's reboot can be two: Linux tries one way after the other) … */
export const MOST_RESETS = 10;
/** … within so many ms end the VM. */
export const RESET_WINDOW = 120_000;

export class ResetLimit {
  #times: number[] = [];

  /** @param now ms. @returns whether that was one too many */
  count(now: number): boolean {
    this.#times = [...this.#times.filter((time) => now - time < RESET_WINDOW), now];
    return this.#times.length > MOST_RESETS;
  }
}
