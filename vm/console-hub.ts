/** The console of a VM: one stream from the guest to a log and to any number of people, and from them to the guest. */
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { ConsoleLog } from './console-log.js';

/** A client that has so many bytes unread is let go: the guest does not wait for it. */
const MOST_BEHIND = 1 << 20;

export class ConsoleHub {
  readonly #log: ConsoleLog;
  readonly #input: Writable;
  readonly #clients = new Set<Socket>();

  constructor(output: Readable, input: Writable, log: ConsoleLog) {
    this.#log = log;
    this.#input = input;
    // Each client is one more pipe into it, and a listener of its.
    input.setMaxListeners(0);
    input.on('error', () => {});
    output.on('error', () => {});
    output.on('data', (bytes: Buffer) => this.#spread(bytes));
  }

  attach(socket: Socket): void {
    this.#clients.add(socket);
    socket.on('close', () => this.#clients.delete(socket));
    socket.pipe(this.#input, { end: false });
  }

  close(): void {
    for (const socket of this.#clients) socket.end();
  }

  #spread(bytes: Buffer): void {
    this.#log.write(bytes);
    for (const socket of this.#clients) {
      if (socket.writableLength > MOST_BEHIND) socket.destroy();
      else socket.write(bytes);
    }
  }
}
