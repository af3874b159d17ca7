/**
 * The daemon's side of the agent's socket, held by a test: it accepts hellos, sends what the test wants to the agent and
 * answers the requests of the mounts. It runs on the main thread, so a test must never use its mount synchronously.
 */
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import {
  type Body,
  type ControlHello,
  decodeEnvelope,
  decodeHello,
  type Envelope,
  encodeEnvelope,
  encodeHelloReply,
  type Hello,
  Lane,
  type LaneHello,
  type Mount,
  Role,
} from '../../../protocol/control.js';
import { ENVELOPE_LIMIT, encodeFrame, FrameDecoder, HELLO_LIMIT } from '../../../protocol/frame.js';
import { OUR_OFFER } from '../../../protocol/negotiate.js';
import { ANNOUNCEMENTS_FEATURE, LANE_SECRET_BYTES, TOKEN_BYTES } from '../../../protocol/version.js';
import { PATIENCE } from '../../support/patience.js';
import { emptyRoot, parseRequest, type Request } from './fake-fs.js';

/** Answers a request: the bytes to send, or undefined for none (now). */
export type Answer = (request: Request, lane: 'meta' | 'data') => Buffer | undefined;

interface Events {
  envelope: [Envelope];
  request: [Request, 'meta' | 'data'];
  connection: [Hello];
  controlClosed: [];
}

export class FakeDaemon extends EventEmitter<Events> {
  readonly token = randomBytes(TOKEN_BYTES);
  answer: Answer = emptyRoot;
  /** What the agent is told instead of being accepted. */
  refusal: string | undefined;
  /** Without shared lanes: they stay on their sockets, where the test reads them. */
  features: readonly string[] = [ANNOUNCEMENTS_FEATURE];
  /** Sent in the same write as the acceptance of the metadata lane. */
  behindTheReply: Buffer = Buffer.alloc(0);
  control: Socket | undefined;
  readonly hellos: Hello[] = [];
  readonly lanes = new Map<'meta' | 'data', Socket>();
  /** of programs, by id; nobody reads them yet */
  readonly streams = new Map<number, Socket>();
  readonly #server: Server = createServer((socket) => this.#accept(socket));
  readonly #sockets = new Set<Socket>();
  #next = 1;

  static async listen(path: string): Promise<FakeDaemon> {
    const daemon = new FakeDaemon();
    daemon.#server.listen(path);
    await once(daemon.#server, 'listening');
    return daemon;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Sends a request and waits for its answer. */
  async ask(body: Body): Promise<Body> {
    const id = this.#next++;
    const answer = this.until('envelope', (envelope) => envelope.id === id);
    this.tell(body, id);
    const [envelope] = await answer;
    return envelope.body;
  }

  tell(body: Body, id = this.#next++): void {
    this.control!.write(encodeFrame(encodeEnvelope({ id, body }), ENVELOPE_LIMIT));
  }

  /** The next event of that name that `is` likes. */
  async until<E extends keyof Events>(event: E, is: (...args: Events[E]) => boolean = () => true): Promise<Events[E]> {
    const emitter = this as EventEmitter;
    return await new Promise<Events[E]>((resolve, reject) => {
      const settle = (end: () => void) => {
        clearTimeout(timer);
        emitter.off(event, listen);
        end();
      };
      const listen = (...args: Events[E]) => {
        if (is(...args)) settle(() => resolve(args));
      };
      const timer = setTimeout(() => settle(() => reject(new Error(`no ${event} as expected`))), PATIENCE);
      emitter.on(event, listen);
    });
  }

  mountMessage(mountId: number, target: string, more: Partial<Mount> = {}): Body {
    return {
      type: 'mount',
      mountId,
      target: Buffer.from(target),
      source: '/the/source',
      readOnly: false,
      defaultPermissions: true,
      laneSecret: randomBytes(LANE_SECRET_BYTES),
      maxRead: 1024 * 1024,
      allowOther: true,
      userXattrsOnly: false,
      flushForLocksOnly: false,
      writeBehind: false,
      ...more,
    };
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    const decoder = new FrameDecoder(HELLO_LIMIT);
    const first = (chunk: Buffer) => {
      const { body, rest } = decoder.pushOne(chunk);
      if (body === undefined) return;
      socket.off('data', first);
      if (rest.length > 0) throw new Error('the agent did not wait for the answer to its hello');
      this.#greet(socket, decodeHello(body));
    };
    socket.on('data', first);
  }

  #greet(socket: Socket, hello: Hello): void {
    this.hellos.push(hello);
    const reply = encodeHelloReply({
      protocolMajor: OUR_OFFER.major,
      protocolMinor: OUR_OFFER.minor,
      features: this.features,
      limits: OUR_OFFER.limits,
      refusal: this.refusal ?? '',
      daemonVersion: 'test',
    });
    const isMeta = hello.role === Role.LANE && hello.lane === Lane.META;
    const extra = isMeta ? this.behindTheReply : Buffer.alloc(0);
    if (hello.role === Role.LANE) this.#serveLane(socket, hello);
    else if (hello.role === Role.CONTROL) this.#serveControl(socket, hello);
    else this.streams.set(hello.execId, socket);
    socket.write(Buffer.concat([encodeFrame(reply, HELLO_LIMIT), extra]));
    this.emit('connection', hello);
  }

  #serveControl(socket: Socket, _: ControlHello): void {
    this.control = socket;
    const decoder = new FrameDecoder(ENVELOPE_LIMIT);
    socket.on('data', (chunk: Buffer) => {
      for (const body of decoder.push(chunk)) this.emit('envelope', decodeEnvelope(body));
    });
    socket.on('close', () => this.emit('controlClosed'));
  }

  #serveLane(socket: Socket, hello: LaneHello): void {
    const lane = hello.lane === Lane.META ? 'meta' : 'data';
    this.lanes.set(lane, socket);
    let pending = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 4 && pending.length >= pending.readUInt32LE(0)) {
        const length = pending.readUInt32LE(0);
        const request = parseRequest(Buffer.from(pending.subarray(0, length)));
        pending = pending.subarray(length);
        const answer = this.answer(request, lane);
        if (answer !== undefined) socket.write(answer);
        this.emit('request', request, lane);
      }
    });
  }
}
