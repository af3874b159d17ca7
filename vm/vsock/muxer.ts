/**
 * All connections of one guest: which packet belongs to which, what it changes, and who sends next. Pure: sockets and rings
 * are behind {@link Streams}, time is given.
 *
 * The guest may send anything. Every packet either belongs to a connection and is allowed in its state, or is answered with
 * RST (an RST is never answered); memory is bounded by the number of connections, by their pledges, and by the number of
 * resets that wait for room, beyond which no packet is taken (`accepting`).
 */
import { DRAINED } from '../../native/os-vsock.js';
import { Errno } from '../../protocol/errno.js';
import { Connection, Owed } from './connection.js';
import { Counter } from './counters.js';
import { Line } from './line.js';
import { emptyHeader, type Header, HOST_CID, Op, Shut, TYPE_STREAM } from './packet.js';
import { Pledges } from './pledges.js';
import { Resets } from './resets.js';
import type { Streams } from './streams.js';
import { Table } from './table.js';

export const LIMITS = {
  /** connections of one guest, draining ones included */
  connections: 4096,
  /** bytes that one connection may send to the guest before others get their turn */
  turn: 256 * 1024,
  /** turns between two looks at what the guest sends, and at the clock */
  turns: 64,
  /** ms in which a guest has to answer a REQUEST */
  answer: 10_000,
} as const;

export class Muxer {
  readonly #cid: number;
  readonly #streams: Streams;
  readonly #count: Float64Array;
  readonly #table = new Table();
  /** by socket: the table's, and those that only wait for their bytes to be read on the host */
  readonly #byStream = new Map<number, Connection>();
  readonly #draining = new Set<Connection>();
  readonly #line = new Line();
  readonly #resets = new Resets();
  readonly #pledges = new Pledges();
  readonly #requested = new Set<Connection>();
  readonly #header = emptyHeader();

  constructor(cid: number, streams: Streams, counters: Float64Array) {
    this.#cid = cid;
    this.#streams = streams;
    this.#count = counters;
  }

  /** False: packets have to wait until the guest gives room for the answers. */
  get accepting(): boolean {
    return !this.#resets.full;
  }

  /** Something waits for buffers of the guest. */
  get wantsRoom(): boolean {
    return !this.#resets.empty || !this.#line.empty;
  }

  /** A guest has yet to answer a REQUEST: `tick` is needed. */
  get waiting(): boolean {
    return this.#requested.size > 0;
  }

  get connections(): number {
    return this.#table.size + this.#draining.size;
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
      this.#reset(header);
      return;
    }
    const found = this.#table.find(header.srcPort, header.dstPort);
    if (length > room) {
      this.#lie();
      if (found !== undefined) {
        this.#abort(found);
        return;
      }
      this.#reset(header);
      return;
    }
    if (found === undefined) {
      if (header.op === Op.REQUEST) {
        this.#accept(header);
        return;
      }
      this.#reset(header);
      return;
    }
    found.toGuest.update(header.bufAlloc, header.fwdCnt);
    if (found.state === 'requested') this.#answered(found, header);
    else this.#received(found, header, length);
    this.#queue(found);
  }

  /** A program of the host wants to speak to a port of the guest: its socket is ours from now on. */
  dialled(stream: number, guestPort: number, now: number): void {
    const hostPort = this.connections < LIMITS.connections ? this.#table.freePort(guestPort) : undefined;
    if (hostPort === undefined) {
      this.#count[Counter.REFUSED]++;
      this.#streams.close(stream);
      return;
    }
    this.#count[Counter.DIALLED]++;
    const made = this.#open(guestPort, hostPort, stream, 'requested');
    made.deadline = now + LIMITS.answer;
    this.#requested.add(made);
  }

  /** The socket has something to read, or its end. With `hungUp` the other side is closed for good. */
  readable(stream: number, ended: boolean, hungUp: boolean): void {
    const connection = this.#byStream.get(stream);
    if (connection === undefined) return;
    connection.readable = true;
    if (ended) connection.hungUp = true;
    if (hungUp) {
      if (connection.spilled > 0) this.writable(stream);
      if (connection.stream >= 0 && this.#table.has(connection)) connection.shut(Shut.RECEIVE);
    }
    this.#queue(connection);
  }

  /** The socket has room for what is kept for it. */
  writable(stream: number): void {
    const connection = this.#byStream.get(stream);
    if (connection === undefined || connection.spilled === 0) return;
    const sent = this.#streams.flush(stream);
    if (sent < 0) {
      this.#unread(connection);
      return;
    }
    connection.spilled -= sent;
    connection.forwarded(sent);
    if (connection.spilled === 0) this.#emptied(connection);
    this.#queue(connection);
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
      if (next.mayFill || next.owed !== 0) this.#queue(next);
    }
  }

  /** Gives up what the guest has not answered in time. */
  tick(now: number): void {
    for (const connection of this.#requested) {
      if (connection.deadline > now) continue;
      this.#count[Counter.REFUSED]++;
      this.#abort(connection);
    }
  }

  /** The guest is gone: every connection ends, on the host's side too. */
  clear(): void {
    for (const connection of this.#byStream.values()) this.#streams.close(connection.stream);
    this.#byStream.clear();
    for (const connection of [...this.#table, ...this.#draining])
      this.#pledges.giveBack(connection.fromGuest.allocated);
    this.#table.clear();
    this.#draining.clear();
    this.#requested.clear();
    this.#line.clear();
    this.#resets.clear();
    this.#count[Counter.CONNECTIONS] = 0;
  }

  #accept(header: Readonly<Header>): void {
    const stream = this.connections < LIMITS.connections ? this.#streams.dial(header.dstPort) : -Errno.EMFILE;
    if (stream < 0) {
      this.#count[Counter.REFUSED]++;
      this.#reset(header);
      return;
    }
    this.#count[Counter.ACCEPTED]++;
    const made = this.#open(header.srcPort, header.dstPort, stream, 'open');
    made.toGuest.update(header.bufAlloc, header.fwdCnt);
  }

  #open(guestPort: number, hostPort: number, stream: number, state: 'requested' | 'open'): Connection {
    const made = new Connection(guestPort, hostPort, stream, state, this.#pledges.take());
    this.#table.add(made);
    this.#byStream.set(stream, made);
    this.#count[Counter.CONNECTIONS] = this.connections;
    this.#queue(made);
    return made;
  }

  #answered(connection: Connection, header: Readonly<Header>): void {
    if (header.op === Op.RST) {
      this.#count[Counter.REFUSED]++;
      this.#leave(connection);
      return;
    }
    if (header.op !== Op.RESPONSE) {
      this.#lie();
      this.#abort(connection);
      return;
    }
    this.#requested.delete(connection);
    connection.state = 'open';
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
        this.#leave(connection);
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
    if (this.#draining.has(connection)) {
      this.#release(connection);
      return;
    }
    connection.shut(Shut.RECEIVE);
    this.#queue(connection);
  }

  /** Everything that was kept for the socket is sent. */
  #emptied(connection: Connection): void {
    if (this.#draining.has(connection)) {
      this.#release(connection);
      return;
    }
    this.#streams.watchRoom(connection.stream, false);
    if ((connection.guestShut & Shut.SEND) !== 0) this.#streams.shut(connection.stream, 'write');
  }

  #guestShut(connection: Connection, flags: number): void {
    const fresh = flags & ~connection.guestShut;
    connection.guestShut |= flags;
    if (connection.guestShut === Shut.BOTH) {
      this.#resets.push(this.#cid, connection.guestPort, HOST_CID, connection.hostPort, TYPE_STREAM);
      this.#leave(connection);
      return;
    }
    if (connection.stream < 0) return;
    if ((fresh & Shut.RECEIVE) !== 0) this.#streams.shut(connection.stream, 'read');
    if ((fresh & Shut.SEND) !== 0 && connection.spilled === 0) this.#streams.shut(connection.stream, 'write');
  }

  /** Sends what this connection owes and has. False: the guest has no more buffers. */
  #serve(connection: Connection): boolean {
    if (!this.#table.has(connection)) return true;
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

  /** Ends a connection that the guest still knows. */
  #abort(connection: Connection): void {
    this.#resets.push(this.#cid, connection.guestPort, HOST_CID, connection.hostPort, TYPE_STREAM);
    this.#leave(connection);
  }

  /** The guest has done with it; what it has sent before still reaches the host's program. */
  #leave(connection: Connection): void {
    this.#table.remove(connection);
    this.#requested.delete(connection);
    connection.owed = 0;
    connection.readable = false;
    if (connection.stream >= 0 && connection.spilled > 0) {
      this.#draining.add(connection);
      this.#streams.shut(connection.stream, 'read');
    } else {
      this.#release(connection);
    }
  }

  #release(connection: Connection): void {
    this.#draining.delete(connection);
    if (connection.stream >= 0) {
      this.#byStream.delete(connection.stream);
      this.#streams.close(connection.stream);
      connection.stream = -1;
    }
    this.#pledges.giveBack(connection.fromGuest.allocated);
    this.#count[Counter.CONNECTIONS] = this.connections;
  }

  /** Answers a packet that belongs to nothing. */
  #reset(header: Readonly<Header>): void {
    if (header.op === Op.RST) return;
    this.#resets.push(header.srcCid, header.srcPort, header.dstCid, header.dstPort, header.type);
  }

  #queue(connection: Connection): void {
    if (connection.queued || !this.#table.has(connection)) return;
    if (connection.owed === 0 && !connection.mayFill) return;
    connection.queued = true;
    this.#line.push(connection);
  }

  #lie(): void {
    this.#count[Counter.LIES]++;
  }
}
