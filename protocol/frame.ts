/** Frames of the control channel: u32 little-endian length, then that many bytes. */

import { readU32, writeU32 } from './bytes.js';
import { ProtocolError } from './error.js';

export const FRAME_HEADER_BYTES = 4;
/** Largest Hello or HelloReply, bytes without the length. */
export const HELLO_LIMIT = 64 * 1024;
/** Largest Envelope, bytes without the length. */
export const ENVELOPE_LIMIT = 1024 * 1024;

/** @throws ProtocolError if `body` is longer than `limit` */
export function encodeFrame(body: Uint8Array, limit: number): Uint8Array {
  if (body.length > limit) throw oversize(body.length, limit);
  const frame = new Uint8Array(FRAME_HEADER_BYTES + body.length);
  writeU32(frame, 0, body.length);
  frame.set(body, FRAME_HEADER_BYTES);
  return frame;
}

/**
 * Takes a stream apart into frames, however it was cut. Keeps no more memory than bytes have arrived: a length alone
 * reserves nothing.
 */
export class FrameDecoder {
  #limit: number;
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  #headerFilled = 0;
  /** What has arrived of an unfinished body. */
  #body = new Uint8Array(0);
  #bodyFilled = 0;

  /** @param limit largest body in bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Bytes held of a frame that is not complete yet. */
  get pending(): number {
    return this.#headerFilled + this.#bodyFilled;
  }

  /** The limit of the frames to come, e.g. after the hello. */
  set limit(limit: number) {
    this.#limit = limit;
  }

  /**
   * Bodies that are complete now, in order. A body that lies whole in `chunk` is a view of it: use it before `chunk` is
   * reused.
   *
   * @throws ProtocolError for a length above the limit; the decoder is then of no further use
   */
  push(chunk: Uint8Array): Uint8Array[] {
    const bodies: Uint8Array[] = [];
    this.#take(chunk, Number.POSITIVE_INFINITY, bodies);
    return bodies;
  }

  /**
   * At most one body, and what of `chunk` was not looked at: for a connection that speaks another language after its
   * first frame.
   *
   * @throws ProtocolError for a length above the limit
   */
  pushOne(chunk: Uint8Array): { body: Uint8Array | undefined; rest: Uint8Array } {
    const bodies: Uint8Array[] = [];
    const used = this.#take(chunk, 1, bodies);
    return { body: bodies[0], rest: chunk.subarray(used) };
  }

  /** @returns bytes of `chunk` used */
  #take(chunk: Uint8Array, count: number, bodies: Uint8Array[]): number {
    let at = 0;
    while (bodies.length < count) {
      if (this.#headerFilled < FRAME_HEADER_BYTES) {
        if (at === chunk.length) break;
        this.#header[this.#headerFilled++] = chunk[at++]!;
        continue;
      }
      const length = readU32(this.#header, 0);
      if (length > this.#limit) throw oversize(length, this.#limit);
      const missing = length - this.#bodyFilled;
      const available = Math.min(missing, chunk.length - at);
      if (available < missing) {
        this.#keep(chunk.subarray(at, at + available), length);
        at += available;
        break;
      }
      bodies.push(this.#finish(chunk.subarray(at, at + available)));
      at += available;
    }
    return at;
  }

  #keep(part: Uint8Array, length: number): void {
    const needed = this.#bodyFilled + part.length;
    if (needed > this.#body.length) {
      const grown = new Uint8Array(Math.min(length, Math.max(needed, this.#body.length * 2, 256)));
      grown.set(this.#body.subarray(0, this.#bodyFilled));
      this.#body = grown;
    }
    this.#body.set(part, this.#bodyFilled);
    this.#bodyFilled = needed;
  }

  #finish(last: Uint8Array): Uint8Array {
    this.#headerFilled = 0;
    if (this.#bodyFilled === 0) return last;
    const body = new Uint8Array(this.#bodyFilled + last.length);
    body.set(this.#body.subarray(0, this.#bodyFilled));
    body.set(last, this.#bodyFilled);
    this.#body = new Uint8Array(0);
    this.#bodyFilled = 0;
    return body;
  }
}

function oversize(length: number, limit: number): ProtocolError {
  return new ProtocolError(`a control message of ${length} bytes is longer than the limit of ${limit}`);
}
