/**
 * How much of the device's memory each connection's guest may fill while the host's program does not read. A pledge is for
 * the connection's life, since credit given cannot be taken back. The first connections get plenty, out of a common stock;
 * when that runs low the next ones get less, down to what everyone has, so that thousands of them, all with slow readers,
 * stay within `stock + connections * least`.
 */
export const PLEDGE = { most: 256 * 1024, least: 8 * 1024, stock: 32 * 1024 * 1024 } as const;

/** Part of what is left of the stock that one connection gets: so that it is never gone at once. */
const SHARE = 32;

export class Pledges {
  #left: number = PLEDGE.stock;

  /** Bytes for a new connection. */
  take(): number {
    const share = Math.floor(this.#left / SHARE / PLEDGE.least) * PLEDGE.least;
    const extra = Math.min(share, PLEDGE.most - PLEDGE.least);
    this.#left -= extra;
    return PLEDGE.least + extra;
  }

  /** What `take` gave to a connection that is no more. */
  giveBack(bytes: number): void {
    this.#left += bytes - PLEDGE.least;
  }

  get left(): number {
    return this.#left;
  }
}
