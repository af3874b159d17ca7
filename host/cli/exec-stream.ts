/** A program's stream joined with the streams of this process, until the program has ended. */
import type { Duplex, Readable, Writable } from 'node:stream';
import { ProtocolError } from '../../protocol/error.js';
import { FrameDecoder } from '../../protocol/frame.js';
import {
  decodeStreamFrame,
  encodeStreamFrame,
  INPUT_WINDOW,
  inChunks,
  STREAM_LIMIT,
  type StreamFrame,
} from '../../protocol/stream.js';
import { Problem } from '../problem.js';

export interface ProgramEnd {
  readonly code: number;
  /** 0: by itself */
  readonly signal: number;
}

export interface LocalStreams {
  /** undefined: nothing is sent */
  readonly input: Readable | undefined;
  readonly output: Writable;
  readonly error: Writable;
}

export class ExecStream {
  /** Rejects with a Problem if the connection ends before the program has. */
  readonly ended: Promise<ProgramEnd>;
  readonly #socket: Duplex;
  readonly #local: LocalStreams;
  readonly #decoder = new FrameDecoder(STREAM_LIMIT);
  /** bytes of input that may still be sent */
  #credit = INPUT_WINDOW;
  #settle!: { resolve(end: ProgramEnd): void; reject(error: Error): void };

  /** @param early bytes of the stream that have been read already */
  constructor(socket: Duplex, early: Uint8Array, local: LocalStreams) {
    this.#socket = socket;
    this.#local = local;
    this.ended = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    socket.on('error', (error) => this.#settle.reject(lost(error.message)));
    for (const event of ['end', 'close']) socket.on(event, () => this.#settle.reject(lost('the connection ended')));
    socket.on('data', (bytes: Uint8Array) => this.#received(bytes));
    if (early.length > 0) this.#received(early);
    if (local.input !== undefined) this.#forward(local.input);
  }

  /** To the program and its group; Linux's number. */
  signal(signal: number): void {
    this.#send({ type: 'signal', signal });
  }

  resize(rows: number, columns: number): void {
    this.#send({ type: 'resize', rows, columns });
  }

  #send(frame: StreamFrame): void {
    if (this.#socket.writable) this.#socket.write(encodeStreamFrame(frame));
  }

  #forward(input: Readable): void {
    input.on('data', (chunk: Buffer) => {
      for (const bytes of inChunks(chunk)) this.#send({ type: 'input', bytes });
      this.#credit -= chunk.length;
      // One chunk of a file or terminal is at most 64 KiB; the next one has to fit too.
      if (this.#credit < INPUT_WINDOW / 2) input.pause();
    });
    const end = () => this.#send({ type: 'input', bytes: new Uint8Array(0) });
    input.once('end', end).once('error', end);
  }

  #received(bytes: Uint8Array): void {
    try {
      for (const body of this.#decoder.push(bytes)) this.#take(decodeStreamFrame(body));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#settle.reject(lost(error.message));
      this.#socket.destroy();
    }
  }

  #take(frame: StreamFrame): void {
    switch (frame.type) {
      case 'output':
        this.#write(this.#local.output, frame.bytes);
        break;
      case 'error':
        this.#write(this.#local.error, frame.bytes);
        break;
      case 'taken':
        this.#credit += frame.count;
        if (this.#credit > INPUT_WINDOW) throw new ProtocolError('more input was taken than was sent');
        if (this.#credit >= INPUT_WINDOW / 2) this.#local.input?.resume();
        break;
      case 'exit':
        this.#settle.resolve({ code: frame.code, signal: frame.signal });
        this.#socket.end();
        break;
      default:
        throw new ProtocolError(`${frame.type} goes to a program, it does not come from one`);
    }
  }

  /** Who reads slowly slows the program down, and nothing is kept here meanwhile. */
  #write(to: Writable, bytes: Uint8Array): void {
    // The bytes are a view of a chunk that is read anew.
    if (to.write(Uint8Array.from(bytes))) return;
    this.#socket.pause();
    to.once('drain', () => this.#socket.resume());
  }
}

function lost(why: string): Problem {
  return new Problem('guest-failed', 'program', `lost: ${why}`, 'See: osmofs vm status');
}
