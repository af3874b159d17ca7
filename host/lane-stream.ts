/**
 * The receive side of a lane: a stream of FUSE messages in a region of the arena, handed out one by one, each on an 8-byte
 * boundary so that its words can be read as words.
 */
import { fuse_in_header } from '../protocol/fuse/structs.js';
import type { Arena } from './arena.js';
import { MAX_MESSAGE } from './arena.js';
import { Violation } from './request.js';

const HEADER = fuse_in_header.size;

export class LaneStream {
  private start: number;
  private end: number;
  /** where the message at the front lies now, if `next` has handed it out */
  private front: number;

  /** `base`: first byte of the region; a message that is received alone begins there. */
  constructor(
    private readonly arena: Arena,
    private readonly base: number,
    private readonly limit: number,
  ) {
    this.start = base;
    this.end = base;
    this.front = base;
  }

  /** Where the next bytes are to be received, and how many fit. */
  get receiveAt(): number {
    return this.end;
  }

  get room(): number {
    return this.limit - this.end;
  }

  received(bytes: number): void {
    this.end += bytes;
  }

  /** Bytes here from the message at {@link at} on. */
  get available(): number {
    return this.end - this.start;
  }

  get at(): number {
    return this.front;
  }

  /**
   * Length of the message at the front if its first `least` bytes have arrived, else 0. The region has room for the rest
   * of it behind {@link at}.
   *
   * @throws Violation for a length that no request has
   */
  next(least: number): number {
    if (this.start === this.end) {
      this.start = this.base;
      this.end = this.base;
      return 0;
    }
    if (this.available < HEADER) return this.wait(HEADER);
    const length = this.arena.view.getUint32(this.start, true);
    if (length < HEADER || length > MAX_MESSAGE) throw new Violation(`a message of ${length} bytes`);
    if (this.available < Math.min(least, length)) return this.wait(length);
    if (this.available < length) this.makeRoom(length);
    this.front = this.start & ~7;
    // Only this message moves, over bytes that are done with: a stream of odd lengths costs one copy of each.
    if (this.front !== this.start)
      this.arena.memory.copyWithin(this.front, this.start, Math.min(this.start + length, this.end));
    return length;
  }

  /** The message at the front is done with. */
  consume(length: number): void {
    this.start += length;
  }

  private wait(needed: number): number {
    this.makeRoom(needed);
    return 0;
  }

  /** For the message at the end of what has been received. */
  private makeRoom(needed: number): void {
    if (this.start + needed <= this.limit) return;
    this.arena.memory.copyWithin(this.base, this.start, this.end);
    this.end -= this.start - this.base;
    this.start = this.base;
  }
}
