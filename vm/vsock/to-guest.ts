/**
 * What goes to the guest, in the order in which it gets its buffers: resets, then each connection in turn with what it owes and
 * what its socket has. A guest that gives none costs no memory but bits, and resets up to their limit.
 */
import { DRAINED } from '../../native/os-vsock.js';
import { Errno } from '../../protocol/errno.js';
import { type Connection, Owed } from './connection.js';
import type { Connections } from './connections.js';
import { Counter } from './counters.js';
import { LIMITS } from './limits.js';
import { Line } from './line.js';
import { emptyHeader, type Header, HOST_CID, Op, Shut, TYPE_STREAM } from './packet.js';
import { Resets } from './resets.js';
import type { Streams } from './streams.js';

export class ToGuest {
  readonly #cid: number;
  readonly #streams: Streams;
  readonly #connections: Connections;
  readonly #count: Float64Array;
  readonly #line = new Line();
  readonly #resets = new Resets();
  readonly #header = emptyHeader();

  constructor(cid: number, streams: Streams, connections: Connections, counters: Float64Array) {
    this.#cid = cid;
    this.#streams = streams;
    this.#connections = connections;
    this.#count = counters;
  }

  /** Too many resets wait. */
  get full(): boolean {
    return this.#resets.full;
  }

  get empty(): boolean {
    return this.#resets.empty && this.#line.empty;
  }

  /** The connection gets its turn if it owes or has something. */
  queue(connection: Connection): void {
    if (connection.queued || !this.#connections.has(connection)) return;
    if (connection.owed === 0 && !connection.mayFill) return;
    connection.queued = true;
    this.#line.push(connection);
  }

  /** RST to a connection. */
  resetOf(connection: Connection): void {
    this.#resets.push(this.#cid, connection.guestPort, HOST_CID, connection.hostPort, TYPE_STREAM);
  }

  /** RST to a packet that belongs to nothing, unless it is one. */
  reset(header: Readonly<Header>): void {
    if (header.op === Op.RST) return;
    this.#resets.push(header.srcCid, header.srcPort, header.dstCid, header.dstPort, header.type);
  }

  /** Gives the guest what it has buffers for: resets, then each connection in turn; the rest with the next call. */
  pump(): void {
    for (;;) {
      const reset = this.#resets.first;
      if (reset === undefined) break;
      if (this.#streams.put(reset) !== 0) return;
      this.#resets.shift();
    }
    for (let turn = 0; turn < LIMITS.turns; turn++) {
      const next = this.#line.first;
      if (next === undefined) return;
      if (!this.#serve(next)) return;
      this.#line.shift();
      next.queued = false;
      if (next.mayFill || next.owed !== 0) this.queue(next);
    }
  }

  /** Sends what this connection owes and has. False: the guest has no more buffers. */
  #serve(connection: Connection): boolean {
    if (!this.#connections.has(connection)) return true;
    for (;;) {
      // The end is said after the bytes before it.
      const owes = connection.owes;
      if (owes === undefined || (owes[0] === Owed.SHUTDOWN && this.#bytesFirst(connection))) break;
      connection.compose(this.#header, this.#cid, owes[1]);
      if (this.#streams.put(this.#header) !== 0) return false;
      connection.owed &= ~owes[0];
      connection.told(this.#header);
    }
    if (!connection.mayFill) return true;
    connection.compose(this.#header, this.#cid, Op.RW);
    const limit = Math.min(connection.toGuest.available, LIMITS.turn);
    const moved = this.#streams.fill(connection.stream, this.#header, limit);
    if (moved === -Errno.ENOBUFS || moved === -Errno.EPROTO) return false;
    if (moved > 0) {
      const bytes = moved & ~DRAINED;
      connection.toGuest.sent(bytes);
      connection.told(this.#header);
      this.#count[Counter.BYTES_TO_GUEST] += bytes;
      // An end that was reported already is not reported again: only reading finds it.
      if ((moved & DRAINED) !== 0 && !connection.hungUp) connection.readable = false;
    } else if (moved === -Errno.EAGAIN) {
      connection.readable = false;
    } else {
      this.#hostEnded(connection);
    }
    return true;
  }

  #bytesFirst(connection: Connection): boolean {
    return (connection.hostShut & Shut.SEND) === 0 && connection.mayFill;
  }

  /** The host's program will not write any more, or not at all. */
  #hostEnded(connection: Connection): void {
    connection.readable = false;
    connection.shut(Shut.SEND);
  }

  clear(): void {
    this.#line.clear();
    this.#resets.clear();
  }
}
