/**
 * When a thread that waits for messages should look for the next one for a moment before it goes to sleep.
 *
 * Waking a sleeping thread on another CPU costs several times what answering a call does, so a short spin pays while
 * messages follow each other closely; it is waste in every other moment. This class only decides: the waiting calls of
 * os.ts spin, the caller measures.
 */

/** Default spin in µs: about what a wake-up on another CPU costs. */
export const SPIN_MICROSECONDS = 50;

/**
 * The same for a data lane, whose next request comes when the guest has copied its bytes. Measured with 128 KiB WRITEs, with
 * this and its counterpart in pump.h against 50 and none: 0.9 against 0.65 of passthrough_ll's throughput.
 */
export const BULK_SPIN_MICROSECONDS = 150;

/** A wait up to this many µs would have been (nearly) caught by spinning. Above the limit: it includes the wake-up. */
const NEAR = 200;
/** A wait of this many µs says that the traffic has ended. */
const QUIET = 5_000;
/** So many waits in vain in a row end the spinning: bursts with short pauses between them keep it. */
const PATIENCE = 4;

export class Spin {
  /** What the next wait should spin, µs; 0 = sleep at once. */
  microseconds = 0;
  readonly #limit: number;
  #credit = 0;

  /** @param limit longest spin, µs; 0 switches it off */
  constructor(limit: number = SPIN_MICROSECONDS) {
    this.#limit = limit;
  }

  /** Learns from a wait that has ended with a message: how long it took, µs. */
  waited(micros: number): void {
    if (micros <= NEAR) this.#credit = Math.min(this.#credit + 1, PATIENCE);
    else this.#credit = micros >= QUIET ? 0 : Math.max(this.#credit - 1, 0);
    this.microseconds = this.#credit > 0 ? this.#limit : 0;
  }
}
