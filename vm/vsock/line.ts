/** Connections that have something for the guest, in the order in which they get their turn. */
import type { Connection } from './connection.js';

export class Line {
  #waiting: Connection[] = [];
  #from = 0;

  get empty(): boolean {
    return this.#from === this.#waiting.length;
  }

  get first(): Connection | undefined {
    return this.#waiting[this.#from];
  }

  push(connection: Connection): void {
    this.#waiting.push(connection);
  }

  shift(): void {
    this.#from++;
    // In constant time on average: moved down when half of it is past.
    if (this.#from * 2 < this.#waiting.length) return;
    this.#waiting.splice(0, this.#from);
    this.#from = 0;
  }

  clear(): void {
    for (const connection of this.#waiting) connection.queued = false;
    this.#waiting = [];
    this.#from = 0;
  }
}
