/** Connections by their pair of ports. */
import type { Connection } from './connection.js';

/** Ports that connections of host programs get: above those that programs choose for listening. */
const FIRST_PORT = 0x8000_0000;
const LAST_PORT = 0xffff_fffe;

export class Table {
  /** host port → guest port → connection */
  readonly #byHost = new Map<number, Map<number, Connection>>();
  #size = 0;
  #nextPort = FIRST_PORT;

  get size(): number {
    return this.#size;
  }

  find(guestPort: number, hostPort: number): Connection | undefined {
    return this.#byHost.get(hostPort)?.get(guestPort);
  }

  has(connection: Connection): boolean {
    return this.find(connection.guestPort, connection.hostPort) === connection;
  }

  add(connection: Connection): void {
    let group = this.#byHost.get(connection.hostPort);
    if (group === undefined) {
      group = new Map();
      this.#byHost.set(connection.hostPort, group);
    }
    group.set(connection.guestPort, connection);
    this.#size++;
  }

  remove(connection: Connection): void {
    if (!this.has(connection)) return;
    const group = this.#byHost.get(connection.hostPort)!;
    group.delete(connection.guestPort);
    if (group.size === 0) this.#byHost.delete(connection.hostPort);
    this.#size--;
  }

  /** A port of the host that makes a pair with `guestPort` that is not in use. */
  freePort(guestPort: number): number | undefined {
    for (let tries = 0; tries <= this.#size; tries++) {
      const port = this.#nextPort;
      this.#nextPort = port === LAST_PORT ? FIRST_PORT : port + 1;
      if (this.find(guestPort, port) === undefined) return port;
    }
    return undefined;
  }

  clear(): void {
    this.#byHost.clear();
    this.#size = 0;
  }

  *[Symbol.iterator](): IterableIterator<Connection> {
    for (const group of this.#byHost.values()) yield* group.values();
  }
}
