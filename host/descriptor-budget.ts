/**
 * How many descriptors each mount may keep open as a cache. The process has one limit for all; a mount cannot be asked
 * later to give some back, so each one gets half of what is left when it comes, and files that guests have open live in
 * the other half.
 */

/** For sockets, logs, workers and what the runtime opens. */
const RESERVE = 64;
/** No mount works usefully with less, and none gains by more. */
const LEAST = 16;
const MOST = 8192;

export class DescriptorBudget {
  #left: number;

  /** @param limit soft limit of open descriptors of the process */
  constructor(limit: number) {
    this.#left = limit - RESERVE;
  }

  take(): number {
    const share = Math.min(MOST, Math.max(LEAST, Math.floor(this.#left / 2)));
    this.#left -= share;
    return share;
  }

  give(share: number): void {
    this.#left += share;
  }
}
