/**
 * What the guest's packets and the host's sockets change: which connection each belongs to, whether it is allowed. Pure: sockets
 * and rings are behind {@link Streams}, time is given. Which connections there are is connections.ts, what goes to the guest
 * to-guest.ts.
 *
 * The guest may send anything. Every packet either belongs to a connection and is allowed in its state, or is answered with
 * RST (an RST is never answered); memory is bounded by the number of connections, by their pledges, and by the number of
 * resets that wait for room, beyond which no packet is taken (`accepting`).
 */
import { Errno } from '../../protocol/errno.js';
import { type Connection, Owed } from './connection.js';
import { Connections } from './connections.js';
import { Counter } from './counters.js';
import { LIMITS } from './limits.js';
import { type Header, HOST_CID, Op, Shut, TYPE_STREAM } from './packet.js';
import type { Streams } from './streams.js';
import { ToGuest } from './to-guest.js';

export class Muxer {
  readonly #cid: number;
  readonly #streams: Streams;
  readonly #count: Float64Array;
  readonly #connections: Connections;
  readonly #toGuest: ToGuest;

  constructor(cid: number, streams: Streams, counters: Float64Array) {
    this.#cid = cid;
    this.#streams = streams;
    this.#count = counters;
    this.#connections = new Connections(streams, counters);
    this.#toGuest = new ToGuest(cid, streams, this.#connections, counters);
  }

  /** False: packets have to wait until the guest gives room for the answers. */
  get accepting(): boolean {
    return !this.#toGuest.full;
  }

  /** Something waits for buffers of the guest. */
  get wantsRoom(): boolean {
    return !this.#toGuest.empty;
  }

  /** A guest has yet to answer a REQUEST: `tick` is needed. */
  get waiting(): boolean {
    return this.#connections.requested.size > 0;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** A packet of the guest, whose buffers have `room` bytes behind the header. */
  packet(header: Readonly<Header>, room: number): void {
    this.#count[Counter.PACKETS_FROM_GUEST]++;
    // Whoever else it says it is, it is not; and there is nobody to answer.
    if (header.srcCid !== this.#cid) {
      this.#lie();
      return;
    }
    const length = header.op === Op.RW ? header.length : 0;
    if (header.dstCid !== HOST_CID || header.type !== TYPE_STREAM) {
      this.#toGuest.reset(header);
      return;
    }
    const found = this.#connections.find(header.srcPort, header.dstPort);
    if (length > room) {
      this.#lie();
      if (found !== undefined) {
        this.#abort(found);
        return;
      }
      this.#toGuest.reset(header);
      return;
    }
    if (found === undefined) {
      if (header.op === Op.REQUEST) {
        this.#accept(header);
        return;
      }
      this.#toGuest.reset(header);
      return;
    }
    found.toGuest.update(header.bufAlloc, header.fwdCnt);
    if (found.state === 'requested') this.#answered(found, header);
    else this.#received(found, header, length);
    this.#toGuest.queue(found);
  }

  /** A program of the host wants to speak to a port of the guest: its socket is ours from now on. */
  dialled(stream: number, guestPort: number, now: number): void {
    const hostPort = this.#connections.full ? undefined : this.#connections.freePort(guestPort);
    if (hostPort === undefined) {
      this.#count[Counter.REFUSED]++;
      this.#streams.close(stream);
      return;
    }
    this.#count[Counter.DIALLED]++;
    const made = this.#connections.open(guestPort, hostPort, stream, 'requested');
    made.deadline = now + LIMITS.answer;
    this.#toGuest.queue(made);
  }

  /** The socket has something to read, or its end. With `hungUp` the other side is closed for good. */
  readable(stream: number, ended: boolean, hungUp: boolean): void {
    const connection = this.#connections.ofStream(stream);
    if (connection === undefined) return;
    connection.readable = true;
    if (ended) connection.hungUp = true;
    if (hungUp) {
      if (connection.spilled > 0) this.writable(stream);
      if (connection.stream >= 0 && this.#connections.has(connection)) connection.shut(Shut.RECEIVE);
    }
    this.#toGuest.queue(connection);
  }

  /** The socket has room for what is kept for it. */
  writable(stream: number): void {
    const connection = this.#connections.ofStream(stream);
    if (connection === undefined || connection.spilled === 0) return;
    const sent = this.#streams.flush(stream);
    if (sent < 0) {
      this.#unread(connection);
      return;
    }
    connection.spilled -= sent;
    connection.forwarded(sent);
    if (connection.spilled === 0) this.#emptied(connection);
    this.#toGuest.queue(connection);
  }

  /** Gives the guest what it has buffers for; the rest with the next call. */
  pump(): void {
    this.#toGuest.pump();
  }

  /** Gives up what the guest has not answered in time. */
  tick(now: number): void {
    for (const connection of this.#connections.requested) {
      if (connection.deadline > now) continue;
      this.#count[Counter.REFUSED]++;
      this.#abort(connection);
    }
  }

  /** The guest is gone: every connection ends, on the host's side too. */
  clear(): void {
    this.#connections.clear();
    this.#toGuest.clear();
  }

  #accept(header: Readonly<Header>): void {
    const stream = this.#connections.full ? -Errno.EMFILE : this.#streams.dial(header.dstPort);
    if (stream < 0) {
      this.#count[Counter.REFUSED]++;
      this.#toGuest.reset(header);
      return;
    }
    this.#count[Counter.ACCEPTED]++;
    const made = this.#connections.open(header.srcPort, header.dstPort, stream, 'open');
    made.toGuest.update(header.bufAlloc, header.fwdCnt);
    this.#toGuest.queue(made);
  }

  #answered(connection: Connection, header: Readonly<Header>): void {
    if (header.op === Op.RST) {
      this.#count[Counter.REFUSED]++;
      this.#connections.leave(connection);
      return;
    }
    if (header.op !== Op.RESPONSE) {
      this.#lie();
      this.#abort(connection);
      return;
    }
    this.#connections.answered(connection);
  }

  #received(connection: Connection, header: Readonly<Header>, length: number): void {
    switch (header.op) {
      case Op.RW:
        this.#bytes(connection, length);
        return;
      case Op.SHUTDOWN:
        this.#guestShut(connection, header.flags & Shut.BOTH);
        return;
      case Op.RST:
        this.#connections.leave(connection);
        return;
      case Op.CREDIT_REQUEST:
        connection.owed |= Owed.CREDIT;
        return;
      case Op.CREDIT_UPDATE:
        return;
      default:
        this.#lie();
        this.#abort(connection);
    }
  }

  #bytes(connection: Connection, length: number): void {
    if ((connection.guestShut & Shut.SEND) !== 0 || !connection.fromGuest.receive(length)) {
      this.#lie();
      this.#abort(connection);
      return;
    }
    this.#count[Counter.BYTES_FROM_GUEST] += length;
    // Sent before the guest could know that nobody reads: they count as read.
    if (!connection.takesBytes) {
      connection.forwarded(length);
      return;
    }
    const kept = this.#streams.deliver(connection.stream, length);
    if (kept < 0) {
      connection.forwarded(length);
      this.#unread(connection);
      return;
    }
    if (kept > 0 && connection.spilled === 0) this.#streams.watchRoom(connection.stream, true);
    connection.spilled += kept;
    connection.forwarded(length - kept);
  }

  /** The host's program does not read any more. */
  #unread(connection: Connection): void {
    connection.forwarded(connection.spilled);
    connection.spilled = 0;
    if (this.#connections.drained(connection)) return;
    connection.shut(Shut.RECEIVE);
    this.#toGuest.queue(connection);
  }

  /** Everything that was kept for the socket is sent. */
  #emptied(connection: Connection): void {
    if (this.#connections.drained(connection)) return;
    this.#streams.watchRoom(connection.stream, false);
    if ((connection.guestShut & Shut.SEND) !== 0) this.#streams.shut(connection.stream, 'write');
  }

  #guestShut(connection: Connection, flags: number): void {
    const fresh = flags & ~connection.guestShut;
    connection.guestShut |= flags;
    if (connection.guestShut === Shut.BOTH) {
      this.#toGuest.resetOf(connection);
      this.#connections.leave(connection);
      return;
    }
    if (connection.stream < 0) return;
    if ((fresh & Shut.RECEIVE) !== 0) this.#streams.shut(connection.stream, 'read');
    if ((fresh & Shut.SEND) !== 0 && connection.spilled === 0) this.#streams.shut(connection.stream, 'write');
  }

  /** Ends a connection that the guest still knows. */
  #abort(connection: Connection): void {
    this.#toGuest.resetOf(connection);
    this.#connections.leave(connection);
  }

  #lie(): void {
    this.#count[Counter.LIES]++;
  }
}
