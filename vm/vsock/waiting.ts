/**
 * How the device's thread waits: whether it looks for a moment before it sleeps, when it has to be awake again by itself, and
 * when it lets the guest's pages go.
 *
 * It looks with two minds. Behind bytes for a program of the host comes, as a rule, the program's answer: whether that is worth
 * looking for depends on how fast the last ones came, not on how long the guest had been silent before. Else it waits for the
 * next to speak, which is worth it while messages follow each other. So one round trip of the guest's costs the device one
 * wake-up, for the kick.
 */
import type { Os } from '../../native/os.js';
import { SLEPT } from '../../native/os-vsock.js';
import { Spin } from '../../native/spin.js';
import { Counter } from './counters.js';
import { MOST_EVENTS, PLACE } from './memory.js';

/** ms between two looks at the clock while something may be late. */
const TICK = 1000;
/** Bytes after which the guest's pages are let go, though traffic goes on; after a TICK without any they are anyway. */
const RELEASE = 64 << 20;

export class Waiting {
  readonly #os: Os;
  readonly #device: number;
  readonly #counters: Float64Array;
  readonly #now: () => number;
  readonly #answers = new Spin();
  readonly #others = new Spin();
  /** bytes from the guest when it last waited */
  #delivered = 0;
  /** bytes moved when the guest's pages were last let go */
  #released = 0;

  /** @param now a clock that only goes forward, ms */
  constructor(os: Os, device: number, counters: Float64Array, now: () => number) {
    this.#os = os;
    this.#device = device;
    this.#counters = counters;
    this.#now = now;
  }

  /**
   * Waits for what is wanted of the rings (`want`, as for `vsockWait`) and for events: number of these, or what else
   * `vsockWait` has said. With `late` something may be late: it does not sleep for longer than a TICK.
   */
  wait(want: number, late: boolean): number {
    const delivered = this.#counters[Counter.BYTES_FROM_GUEST];
    const spin = delivered === this.#delivered ? this.#others : this.#answers;
    this.#delivered = delivered;
    const touched = this.#moved !== this.#released;
    const timeout = touched || late ? TICK : -1;
    const begun = this.#now();
    const waited = this.#os.vsockWait(this.#device, PLACE.events, MOST_EVENTS, want, spin.microseconds, timeout);
    const took = this.#now() - begun;
    spin.waited(took * 1000);
    this.#counters[Counter.WAITS]++;
    if (waited < 0) return waited;
    if ((waited & SLEPT) !== 0) this.#counters[Counter.SLEEPS]++;
    const got = waited & ~SLEPT;
    if (touched && got === 0 && took >= TICK - 1) this.#release();
    return got;
  }

  /** Lets go of the guest's pages if so much has been moved that they are many. */
  release(): void {
    if (this.#moved - this.#released >= RELEASE) this.#release();
  }

  #release(): void {
    this.#os.vhostMemoryRelease(this.#device);
    this.#released = this.#moved;
  }

  get #moved(): number {
    return this.#counters[Counter.BYTES_FROM_GUEST] + this.#counters[Counter.BYTES_TO_GUEST];
  }
}
