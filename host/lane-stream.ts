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

  /** `base`: first byte of the region; a message that is received alone begins there. */
  constructor(
    private readonly arena: Arena,
    private readonly base: number,
    private readonly limit: number,
  ) {
    this.start = base;
    this.end = base;
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

  /** Bytes of the message at {@link at} that are here. */
  get available(): number {
    return this.end - this.start;
  }

  get at(): number {
    return this.start;
  }

  /**
   * Length of the message at the front if its first `least` bytes have arrived, else 0; makes room for the rest of it.
   *
   * @throws Violation for a length that no request has
   */
  next(least: number): number {
    if (this.start === this.end) {
      this.start = this.base;
      this.end = this.base;
      return 0;
    }
    if (this.start & 7) this.moveTo(this.start & ~7);
    if (this.available < HEADER) return this.wait(HEADER);
    const length = this.arena.words[this.start >> 2];
    if (length < HEADER || length > MAX_MESSAGE) throw new Violation(`a message of ${length} bytes`);
    return this.available >= Math.min(least, length) ? length : this.wait(length);
  }

  /** The message at the front is done with. */
  consume(length: number): void {
    this.start += length;
  }

  private wait(needed: number): number {
    if (this.start + needed > this.limit) this.moveTo(this.base);
    return 0;
  }

  private moveTo(target: number): void {
    this.arena.memory.copyWithin(target, this.start, this.end);
    this.end -= this.start - target;
    this.start = target;
  }
}
