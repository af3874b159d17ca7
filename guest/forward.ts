/**
 * The core of a mount's worker: which way a FUSE message goes, and where one ends and the next begins. It works on the
 * worker's memory and hands every message to a {@link Port}; it has no descriptor, no clock and no thread, and allocates
 * nothing per message.
 *
 * Requests come one at a time, whole, as the kernel gives them. Replies and announcements come as a stream, cut anywhere.
 */
import { BAD_FRAME } from '../native/os.js';
import { INJECTED } from '../protocol/announce.js';
import { OWN_REQUEST } from '../protocol/behind.js';
import { Errno } from '../protocol/errno.js';
import { Opcode } from '../protocol/fuse/opcodes.js';
import { fuse_in_header, fuse_out_header } from '../protocol/fuse/structs.js';
import { Counter } from './counters.js';

export const META = 0;
export const DATA = 1;

/** Where messages go. Every call returns 0, or a negative number (-errno, or one of os.ts's special results). */
export interface Port {
  /** Sends a request on the metadata or data lane. */
  send(lane: typeof META | typeof DATA, offset: number, length: number): number;
  /** Gives a reply to the kernel. */
  reply(offset: number, length: number): number;
  /** Hands an announcement to the thread that may wait. */
  announce(offset: number, length: number): number;
}

/** What the two sides have agreed on, and who else takes part. */
export interface Parties {
  /** the longest message the daemon may send, bytes */
  readonly largest: number;
  /** `pid` in requests of injected calls; 0: there are none */
  readonly injector: number;
}

/** Memory of the worker, all offsets in bytes from the start of its arena. */
export interface Regions {
  /** where requests are read to */
  readonly request: number;
  /** where the stream of the metadata lane is received to */
  readonly stream: number;
  /** room there; at least the largest message plus {@link STREAM_CHUNK} */
  readonly streamSize: number;
}

/** Least room offered to one receive, bytes. Also the most, so that ordinary traffic touches few pages. */
export const STREAM_CHUNK = 256 * 1024;

/** Bulk bytes must not stand in the way of a stat: READ and WRITE have a lane of their own. */
export function laneOf(opcode: number): typeof META | typeof DATA {
  return opcode === Opcode.READ || opcode === Opcode.WRITE ? DATA : META;
}

const IN = fuse_in_header.at;
const OUT = fuse_out_header.at;
const REPLY_HEADER = fuse_out_header.size;

export class Forward {
  /** Where the next bytes of the stream are to be received. */
  receiveAt: number;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #regions: Regions;
  readonly #parties: Parties;
  readonly #port: Port;
  readonly #count: Float64Array;
  /** Start of the message in the stream that is not complete yet. */
  #head: number;

  constructor(arena: ArrayBuffer, regions: Regions, parties: Parties, port: Port, counters: Float64Array) {
    if (regions.streamSize < parties.largest + STREAM_CHUNK) throw new RangeError('the stream region is too small');
    this.#view = new DataView(arena);
    this.#bytes = new Uint8Array(arena);
    this.#regions = regions;
    this.#parties = parties;
    this.#port = port;
    this.#count = counters;
    this.#head = regions.stream;
    this.receiveAt = regions.stream;
  }

  /** A request of `length` bytes has been read: sends it on its way. 0, or why it could not be sent
   * ({@link BAD_FRAME}: it is not what its header says). */
  request(length: number): number {
    const at = this.#regions.request;
    if (length < fuse_in_header.size || this.#view.getUint32(at + IN.len, true) !== length) return BAD_FRAME;
    this.#tag(at);
    this.sent(length);
    return this.#port.send(laneOf(this.#view.getUint32(at + IN.opcode, true)), at, length);
  }

  /** The daemon answers requests of injected calls without touching its files; everybody else has 0 there. */
  #tag(at: number): void {
    const { injector } = this.#parties;
    if (injector === 0 || this.#view.getUint32(at + IN.pid, true) !== injector) return;
    this.#view.setUint16(at + IN.padding, INJECTED, true);
  }

  /** A request of `length` bytes is on its way already. */
  sent(length: number): void {
    this.#count[Counter.REQUESTS]++;
    this.#count[Counter.BYTES_OUT] += length;
  }

  /** `length` bytes were received at {@link receiveAt}: delivers what is complete. 0, or why the mount must end. */
  received(length: number): number {
    const end = this.receiveAt + length;
    let head = this.#head;
    this.#count[Counter.BYTES_IN] += length;
    while (end - head >= REPLY_HEADER) {
      const size = this.#view.getUint32(head + OUT.len, true);
      if (size < REPLY_HEADER || size > this.#parties.largest) return BAD_FRAME;
      if (size > end - head) break;
      const result = this.#deliver(head, size);
      if (result < 0) return result;
      head += size;
    }
    this.#keep(head, end);
    return 0;
  }

  #deliver(at: number, size: number): number {
    const unique = OUT.unique + at;
    // To a request that the kernel has its answer to already.
    if ((this.#view.getUint32(unique + 4, true) & OWN_REQUEST) !== 0) return 0;
    if (this.#view.getUint32(unique, true) === 0 && this.#view.getUint32(unique + 4, true) === 0) {
      this.#count[Counter.NOTIFICATIONS]++;
      return this.#port.announce(at, size);
    }
    const result = this.#port.reply(at, size);
    if (result === -Errno.ENOENT) this.#count[Counter.LATE]++;
    else if (result === -Errno.EINVAL) return this.#refused(at);
    else if (result < 0) return result;
    else this.#count[Counter.REPLIES]++;
    return 0;
  }

  /** The kernel did not like the reply and may still be waiting for one: the call must not hang for our mistake. */
  #refused(at: number): number {
    this.#count[Counter.REFUSED]++;
    this.#view.setUint32(at + OUT.len, REPLY_HEADER, true);
    this.#view.setInt32(at + OUT.error, -Errno.EIO, true);
    const result = this.#port.reply(at, REPLY_HEADER);
    return result === -Errno.ENOENT ? 0 : Math.min(result, 0);
  }

  /** An unfinished message moves to the start of the region: there is always room for the rest of it there. */
  #keep(head: number, end: number): void {
    const { stream } = this.#regions;
    if (head !== stream && head !== end) this.#bytes.copyWithin(stream, head, end);
    this.#head = stream;
    this.receiveAt = stream + (end - head);
  }
}
