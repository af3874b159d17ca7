/** An agent in the hands of a test: speaks the protocol, or whatever else it is told to send. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  type Body,
  decodeEnvelope,
  decodeHelloReply,
  type Envelope,
  encodeEnvelope,
  encodeHello,
  type HelloReply,
  Role,
} from '../../../protocol/control.js';
import { ENVELOPE_LIMIT, encodeFrame, FrameDecoder, HELLO_LIMIT } from '../../../protocol/frame.js';
import { OUR_OFFER } from '../../../protocol/negotiate.js';

export class FakeAgent {
  readonly #decoder = new FrameDecoder(ENVELOPE_LIMIT);
  readonly #arrived: Uint8Array[] = [];
  /** bytes that came after `raw()` */
  #raw = Buffer.alloc(0);
  #isRaw = false;
  #closed = false;
  #wake: () => void = () => {};

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      if (this.#isRaw) this.#raw = Buffer.concat([this.#raw, chunk]);
      else this.#arrived.push(...this.#decoder.push(chunk).map((body) => Uint8Array.from(body)));
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  static async dial(path: string): Promise<FakeAgent> {
    const socket = connect(path);
    const agent = new FakeAgent(socket);
    await once(socket, 'connect');
    return agent;
  }

  /** Connects with a good hello, but for `changes`. */
  static async hello(path: string, token: Uint8Array, changes: object = {}): Promise<FakeAgent> {
    const agent = await FakeAgent.dial(path);
    agent.send(encodeFrame(helloBytes(token, changes), HELLO_LIMIT));
    return agent;
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  envelope(body: Body, id = 1): void {
    this.send(encodeFrame(encodeEnvelope({ id, body }), ENVELOPE_LIMIT));
  }

  /** The next frame, or undefined at the end of the connection. */
  async frame(): Promise<Uint8Array | undefined> {
    await this.#until(() => this.#arrived.length > 0 || this.#closed);
    return this.#arrived.shift();
  }

  async reply(): Promise<HelloReply> {
    const frame = await this.frame();
    assert.ok(frame !== undefined, 'the connection ended without an answer to the hello');
    return decodeHelloReply(frame);
  }

  async message(): Promise<Envelope> {
    const frame = await this.frame();
    assert.ok(frame !== undefined, 'the connection ended');
    return decodeEnvelope(frame);
  }

  /** Answers the next message, which has to be of this type. */
  async answer(type: Body['type'], body: (request: never) => Body): Promise<Envelope> {
    const request = await this.message();
    assert.equal(request.body.type, type);
    this.envelope(body(request.body as never), request.id);
    return request;
  }

  /** From now on bytes, as on a lane. */
  raw(): void {
    this.#isRaw = true;
  }

  async bytes(count: number): Promise<Buffer> {
    await this.#until(() => this.#raw.length >= count || this.#closed);
    return this.#raw.subarray(0, count);
  }

  async closed(): Promise<void> {
    await this.#until(() => this.#closed);
  }

  close(): void {
    this.socket.destroy();
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

export function helloBytes(token: Uint8Array, changes: object = {}): Uint8Array {
  return encodeHello({
    protocolMajor: OUR_OFFER.major,
    protocolMinor: OUR_OFFER.minor,
    features: OUR_OFFER.features,
    limits: OUR_OFFER.limits,
    token,
    guest: 'local',
    agentVersion: '9.8.7',
    role: Role.CONTROL,
    ...changes,
  });
}
