/**
 * Which connections there are: those that the guest knows, by their ports; those that only wait for a program of the host to
 * read what came before their end; and all of them by their sockets. How they begin and how they end.
 */
import { Connection, type State } from './connection.js';
import { Counter } from './counters.js';
import { LIMITS } from './limits.js';
import { Pledges } from './pledges.js';
import type { Streams } from './streams.js';
import { Table } from './table.js';

export class Connections {
  readonly #streams: Streams;
  readonly #count: Float64Array;
  readonly #table = new Table();
  readonly #byStream = new Map<number, Connection>();
  readonly #draining = new Set<Connection>();
  readonly #requested = new Set<Connection>();
  readonly #pledges = new Pledges();

  constructor(streams: Streams, counters: Float64Array) {
    this.#streams = streams;
    this.#count = counters;
  }

  get size(): number {
    return this.#table.size + this.#draining.size;
  }

  get full(): boolean {
    return this.size >= LIMITS.connections;
  }

  /** Those whose REQUEST the guest has not answered. */
  get requested(): ReadonlySet<Connection> {
    return this.#requested;
  }

  find(guestPort: number, hostPort: number): Connection | undefined {
    return this.#table.find(guestPort, hostPort);
  }

  /** The connection with this socket, a draining one too. */
  ofStream(stream: number): Connection | undefined {
    return this.#byStream.get(stream);
  }

  /** Whether the guest knows it, as far as we know. */
  has(connection: Connection): boolean {
    return this.#table.has(connection);
  }

  /** A port of the host for a connection to `guestPort`. */
  freePort(guestPort: number): number | undefined {
    return this.#table.freePort(guestPort);
  }

  open(guestPort: number, hostPort: number, stream: number, state: State): Connection {
    const made = new Connection(guestPort, hostPort, stream, state, this.#pledges.take());
    this.#table.add(made);
    this.#byStream.set(stream, made);
    if (state === 'requested') this.#requested.add(made);
    this.#count[Counter.CONNECTIONS] = this.size;
    return made;
  }

  /** The guest has answered. */
  answered(connection: Connection): void {
    this.#requested.delete(connection);
    connection.state = 'open';
  }

  /** The guest has done with it; what it has sent before still reaches the host's program. */
  leave(connection: Connection): void {
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

  /** Nothing waits any more for the host's program. True: it was draining, and is gone. */
  drained(connection: Connection): boolean {
    if (!this.#draining.has(connection)) return false;
    this.#release(connection);
    return true;
  }

  /** All end, on the host's side too. */
  clear(): void {
    for (const connection of this.#byStream.values()) this.#streams.close(connection.stream);
    this.#byStream.clear();
    for (const connection of [...this.#table, ...this.#draining])
      this.#pledges.giveBack(connection.fromGuest.allocated);
    this.#table.clear();
    this.#draining.clear();
    this.#requested.clear();
    this.#count[Counter.CONNECTIONS] = 0;
  }

  #release(connection: Connection): void {
    this.#draining.delete(connection);
    if (connection.stream >= 0) {
      this.#byStream.delete(connection.stream);
      this.#streams.close(connection.stream);
      connection.stream = -1;
    }
    this.#pledges.giveBack(connection.fromGuest.allocated);
    this.#count[Counter.CONNECTIONS] = this.size;
  }
}
