/** The guest's end of one lane: sends bytes, pairs replies with requests by their unique. */
import type { Socket } from 'node:net';
import { type Reply, ReplyDecoder } from './message.js';

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/** The daemon closed the lane before it answered. */
export class LaneClosed extends Error {
  override readonly name = 'LaneClosed';
}

export class LaneClient {
  /** Settles when the daemon has closed its end. */
  readonly closed: Promise<void>;
  /** replies that nobody waits for: a test that expects none looks here */
  readonly strays: Reply[] = [];
  isClosed = false;
  readonly #socket: Socket;
  readonly #decoder = new ReplyDecoder();
  readonly #waiting = new Map<bigint, Waiting>();

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
    // EPIPE and ECONNRESET are how a closed lane looks to somebody who writes.
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.isClosed = true;
        for (const { reject } of this.#waiting.values()) reject(new LaneClosed('the daemon closed the lane'));
        this.#waiting.clear();
        resolve();
      });
    });
  }

  /** Requests sent and not yet answered. */
  get pending(): number {
    return this.#waiting.size;
  }

  isPending(unique: bigint): boolean {
    return this.#waiting.has(unique);
  }

  /** Bytes of a reply that broke off. */
  get rest(): number {
    return this.#decoder.rest;
  }

  send(bytes: Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  /** The reply with this unique; rejects with LaneClosed. A second one with it is a stray. */
  reply(unique: bigint): Promise<Reply> {
    if (this.isClosed) return Promise.reject(new LaneClosed('the lane is closed'));
    return new Promise((resolve, reject) => this.#waiting.set(unique, { resolve, reject }));
  }

  /** Stops reading what the daemon sends, as a guest that is stuck. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Ends the connection from the guest's side, at once. */
  async cut(): Promise<void> {
    this.#socket.destroy();
    await this.closed;
  }

  #received(chunk: Buffer): void {
    for (const reply of this.#decoder.push(chunk)) {
      const waiting = this.#waiting.get(reply.unique);
      this.#waiting.delete(reply.unique);
      if (waiting === undefined) this.strays.push(reply);
      else waiting.resolve(reply);
    }
  }
}
