/**
 * One connection to the daemon, until it is known what it will carry. Reading takes exactly what was asked for: behind
 * the daemon's answer to the hello may come bytes that belong to somebody else.
 */
import type { OnReadOpts, Socket } from 'node:net';
import { FRAME_HEADER_BYTES, HELLO_LIMIT } from '../protocol/frame.js';
import { type Address, formatAddress, LinkError } from './address.js';
import { dial } from './transport.js';

/** How long the daemon may take to accept the connection, and again to answer the hello, ms. */
const PATIENCE = 10_000;
/** Buffer of a control session, bytes: its messages are small. */
const CHUNK = 16 * 1024;

interface Handle {
  readonly fd: number;
}

export class Connection {
  readonly #address: Address;
  readonly #socket: Socket;
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  readonly #chunk = new Uint8Array(CHUNK);
  /** What the next read fills. */
  #room: Uint8Array = this.#header;
  #body: Uint8Array | undefined;
  #missing = FRAME_HEADER_BYTES;
  #failure: Error | undefined;
  #answered: ((body: Uint8Array) => void) | undefined;
  #flowing: ((bytes: Uint8Array) => void) | undefined;

  private constructor(address: Address) {
    this.#address = address;
    const onread: OnReadOpts = {
      buffer: () => this.#room,
      callback: (length, buffer) => this.#received(buffer.subarray(0, length)),
    };
    this.#socket = dial(address, onread);
    this.#socket.on('error', (error) => {
      this.#failure ??= error;
    });
  }

  /** Connects. @throws LinkError if nobody listens there */
  static async dial(address: Address): Promise<Connection> {
    const connection = new Connection(address);
    if (connection.#socket.connecting) await connection.#within((done) => connection.#socket.once('connect', done));
    return connection;
  }

  /** Sends the hello (with its length in front) and waits for the answer, without its length. @throws LinkError */
  async exchange(hello: Uint8Array): Promise<Uint8Array> {
    return await this.#within<Uint8Array>((done) => {
      this.#answered = done;
      this.#socket.write(hello);
    });
  }

  /** Everything that comes from now on; `bytes` is valid during the call only. */
  flow(onBytes: (bytes: Uint8Array) => void, onEnd: () => void): void {
    this.#flowing = onBytes;
    if (this.#socket.destroyed) queueMicrotask(onEnd);
    else this.#socket.once('close', onEnd);
    this.#socket.resume();
  }

  /** @returns false if what waits to be sent is more than enough; `onDrain` tells when it is gone */
  write(bytes: Uint8Array): boolean {
    return this.#socket.writable ? this.#socket.write(bytes) : true;
  }

  onDrain(listener: () => void): void {
    this.#socket.on('drain', listener);
  }

  get congested(): boolean {
    return this.#socket.writable && this.#socket.writableNeedDrain;
  }

  /** Hands the descriptor to `take`, which duplicates it; nothing that follows the answer has been read from it. */
  detach(take: (fd: number) => number): number {
    const { _handle: handle } = this.#socket as unknown as { _handle: Handle | null };
    const fd = handle === null || handle.fd < 0 ? -1 : take(handle.fd);
    this.#socket.destroy();
    if (fd < 0) throw new LinkError(`the daemon at ${formatAddress(this.#address)} closed the connection`);
    return fd;
  }

  /** Lets what was written go out, then closes. Resolves when it is closed, whatever the other side does. */
  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    await new Promise<void>((resolve) => {
      this.#socket.once('close', () => resolve());
      this.#socket.destroySoon();
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** @returns false to stop reading */
  #received(bytes: Uint8Array): boolean {
    if (this.#flowing !== undefined) {
      this.#flowing(bytes);
      return true;
    }
    this.#missing -= bytes.length;
    if (this.#missing > 0) {
      this.#room = this.#room.subarray(bytes.length);
      return true;
    }
    if (this.#body === undefined) return this.#startBody();
    this.#room = this.#chunk;
    this.#answered?.(this.#body);
    return false;
  }

  #startBody(): boolean {
    const length = new DataView(this.#header.buffer).getUint32(0, true);
    if (length === 0 || length > HELLO_LIMIT) {
      this.#socket.destroy(new Error(`its answer claims to have ${length} bytes`));
      return false;
    }
    this.#body = new Uint8Array(length);
    this.#room = this.#body;
    this.#missing = length;
    return true;
  }

  /** Waits for `start` to be done, for the end of the connection, or for too long. */
  async #within<T = void>(start: (done: (value: T) => void) => void): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => this.#socket.destroy(new Error('it does not answer')), PATIENCE);
      const fail = () => {
        clearTimeout(timer);
        reject(new LinkError(this.#explain(), false, { cause: this.#failure }));
      };
      this.#socket.once('close', fail);
      start((value) => {
        clearTimeout(timer);
        this.#socket.off('close', fail);
        resolve(value);
      });
      if (this.#socket.destroyed) fail();
    });
  }

  #explain(): string {
    const address = formatAddress(this.#address);
    const { code, message } = (this.#failure ?? {}) as { code?: string; message?: string };
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return `no daemon listens at ${address}`;
    if (code === 'EACCES' || code === 'EPERM') return `this user may not talk to the daemon at ${address}`;
    return `the daemon at ${address} is of no use: ${message ?? 'it closed the connection'}`;
  }
}
