/** A program's streams and the connection to the one who has started it, until one of the two ends. */
import { ProtocolError } from '../protocol/error.js';
import { FrameDecoder } from '../protocol/frame.js';
import {
  decodeStreamFrame,
  encodeStreamFrame,
  INPUT_WINDOW,
  STREAM_LIMIT,
  type StreamFrame,
} from '../protocol/stream.js';
import type { Connection } from './connection.js';
import type { Output } from './output.js';
import type { Program } from './program.js';

/** What a program has left running may hold its output open; it is waited for until it has been silent for so long, ms. */
const SILENCE = 500;

export class Stream {
  readonly #connection: Connection;
  readonly #program: Program;
  readonly #decoder = new FrameDecoder(STREAM_LIMIT);
  /** bytes of input that the program has not taken yet */
  #waiting = 0;
  #noMoreInput = false;
  #closed = false;
  /** something was written for the reader since it was last looked at */
  #busy = false;

  constructor(connection: Connection, program: Program) {
    this.#connection = connection;
    this.#program = program;
    const { input, output, error } = program.streams;
    // It has ended, or has closed its input.
    input?.on('error', () => undefined);
    this.#forward(output, 'output');
    if (error) this.#forward(error, 'error');
    connection.onDrain(() => {
      this.#busy = true;
      output.resume();
      error?.resume();
    });
    connection.flow(
      (bytes) => this.#received(bytes),
      () => {
        this.#closed = true;
        program.hangUp();
      },
    );
    void this.#serve(Promise.all([output.ended, error?.ended]));
  }

  async #serve(drained: Promise<unknown>): Promise<void> {
    const { code, signal } = await this.#program.ended;
    this.#program.finish();
    await Promise.race([drained, this.#silence()]);
    if (this.#closed) return;
    this.#send({ type: 'exit', code, signal });
    // The other side closes. If we did, with input that nobody has read, the kernel would tell it of a broken connection
    // before it has read this; and whoever reads slowly may take his time.
  }

  #forward(from: Output, type: 'output' | 'error'): void {
    from.flow((bytes) => {
      this.#busy = true;
      return this.#send({ type, bytes });
    });
  }

  /** Resolves when nothing has come for a while, and not because the reader is slow. */
  async #silence(): Promise<void> {
    do {
      this.#busy = false;
      await new Promise((resolve) => setTimeout(resolve, SILENCE));
    } while (this.#busy || this.#connection.congested);
  }

  #received(bytes: Uint8Array): void {
    try {
      for (const body of this.#decoder.push(bytes)) this.#take(decodeStreamFrame(body));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#connection.destroy();
    }
  }

  #take(frame: StreamFrame): void {
    switch (frame.type) {
      case 'input':
        this.#input(frame.bytes);
        break;
      case 'resize':
        this.#program.resize(frame.rows, frame.columns);
        break;
      case 'signal':
        this.#program.signal(frame.signal);
        break;
      default:
        throw new ProtocolError(`${frame.type} comes from a program, not to it`);
    }
  }

  #input(bytes: Uint8Array): void {
    const { input } = this.#program.streams;
    if (bytes.length === 0) {
      if (!this.#noMoreInput) this.#program.endInput();
      this.#noMoreInput = true;
      return;
    }
    const count = bytes.length;
    this.#waiting += count;
    if (input === undefined || this.#noMoreInput || this.#waiting > INPUT_WINDOW) {
      throw new ProtocolError('more input than was allowed');
    }
    const taken = () => {
      this.#waiting -= count;
      if (!this.#closed) this.#send({ type: 'taken', count });
    };
    // What a program does not want to read is gone; the one who sends it learns that from its end.
    if (input.writable) input.write(Uint8Array.from(bytes), taken);
    else taken();
  }

  /** @returns false if the reader should be waited for */
  #send(frame: StreamFrame): boolean {
    return this.#connection.write(encodeStreamFrame(frame));
  }
}
