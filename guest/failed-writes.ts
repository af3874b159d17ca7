/**
 * Writes that were acknowledged and could not be made good: each is told to somebody, and to those who have to know.
 *
 * - close(2) of the handle that wrote says so each time: the descriptor that is closed first may be a copy that nobody asks.
 * - fsync(2) says so once, by whatever handle of the file: who wants to write the file again must be able to succeed.
 * - the mount's next drain says so once, of all that no fsync(2) has told: hardly a program asks what close(2) has to say.
 */

/** A file or a handle: the two halves of its number. */
export interface Wide {
  readonly low: number;
  readonly high: number;
}

interface Failure {
  readonly errno: number;
  readonly node: string;
  /** a drain has told it */
  drained: boolean;
  /** an fsync(2) has told it */
  over: boolean;
}

const key = ({ low, high }: Wide) => `${low}/${high}`;
const both = (node: Wide, handle: Wide) => `${key(node)} ${key(handle)}`;

export class FailedWrites {
  readonly #byHandle = new Map<string, Failure>();
  /** of the first whose handle is gone, and which the next drain has to tell: a positive errno, or 0 */
  #left = 0;

  /** Whether there is nothing to tell of any handle. */
  get none(): boolean {
    return this.#byHandle.size === 0;
  }

  /** @param errno positive */
  add(node: Wide, handle: Wide, errno: number): void {
    const known = this.#byHandle.get(both(node, handle));
    if (known !== undefined && !known.over) return;
    this.#byHandle.set(both(node, handle), { errno, node: key(node), drained: false, over: false });
  }

  /** Whether writes to the file are to be answered by the host, so that the next one fails by itself. */
  concerns(node: Wide): boolean {
    if (this.none) return false;
    for (const failure of this.#byHandle.values()) if (failure.node === key(node) && !failure.over) return true;
    return false;
  }

  /** What a FLUSH through the handle has to say: a positive errno, or 0. */
  flushed(node: Wide, handle: Wide): number {
    const failure = this.#byHandle.get(both(node, handle));
    // Files that were opened without asking have no handle, and nothing tells its end.
    if (failure !== undefined && handle.low === 0 && handle.high === 0) this.released(node, handle);
    return failure === undefined || failure.over ? 0 : failure.errno;
  }

  /** As `flushed`, of an FSYNC of the file. */
  synced(node: Wide): number {
    let errno = 0;
    for (const failure of this.#byHandle.values()) {
      if (failure.node !== key(node) || failure.over) continue;
      if (errno === 0) errno = failure.errno;
      failure.over = true;
    }
    return errno;
  }

  /** The handle is gone. */
  released(node: Wide, handle: Wide): void {
    const failure = this.#byHandle.get(both(node, handle));
    if (failure === undefined) return;
    this.#byHandle.delete(both(node, handle));
    if (!failure.drained && !failure.over && this.#left === 0) this.#left = failure.errno;
  }

  /** What a drain of the mount has to say, once: a positive errno, or 0. */
  drained(): number {
    let errno = this.#left;
    this.#left = 0;
    for (const failure of this.#byHandle.values()) {
      if (failure.drained || failure.over) continue;
      if (errno === 0) errno = failure.errno;
      failure.drained = true;
    }
    return errno;
  }
}
