/** What a program writes, as it comes: nothing is read ahead of the one who takes it. */
import { type OnReadOpts, Socket } from 'node:net';
import { adopt } from './adopt.js';

const ROOM = 64 * 1024;

export class Output {
  readonly socket: Socket;
  /** Settles when there is no more; never rejects. */
  readonly ended: Promise<void>;
  /** what came before anybody listened: a socket reads as soon as it is there */
  #early: Uint8Array | undefined;
  #sink = (bytes: Uint8Array): boolean => {
    this.#early = Uint8Array.from(bytes);
    return false;
  };

  private constructor(open: (onread: OnReadOpts) => Socket) {
    const room = Buffer.alloc(ROOM);
    const callback = (length: number) => this.#sink(room.subarray(0, length));
    this.socket = open({ buffer: room, callback });
    // EIO of a terminal whose last user has gone.
    this.socket.on('error', () => undefined);
    this.ended = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  /** @param fd to read from; taken over */
  static ofPipe(fd: number): Output {
    // The type of the constructor does not know `onread`.
    return new Output((onread) => new Socket({ fd, readable: true, writable: false, onread } as object));
  }

  /** @param fd the master; taken over */
  static ofTerminal(fd: number): Output {
    return new Output((onread) => adopt(fd, { onread }));
  }

  /** @param sink takes the bytes, which are valid during the call only; false: no more until `resume` */
  flow(sink: (bytes: Uint8Array) => boolean): void {
    this.#sink = sink;
    if (this.#early === undefined || sink(this.#early)) this.resume();
    this.#early = undefined;
  }

  /** Something that was read elsewhere, behind all that has come here. */
  pass(bytes: Uint8Array): void {
    this.#sink(bytes);
  }

  resume(): void {
    this.socket.resume();
  }

  destroy(): void {
    this.socket.destroy();
  }
}
