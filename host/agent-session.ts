/** The control session with one agent, from the accepted hello to the end of its connection. */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import {
  type Bind,
  type Body,
  type BodyType,
  decodeEnvelope,
  type Envelope,
  type Exec,
  type ExecReply,
  encodeEnvelope,
  type Mount,
  type MountReply,
  type StatsReply,
} from '../protocol/control.js';
import { errnoText } from '../protocol/errno.js';
import { ProtocolError } from '../protocol/error.js';
import { ENVELOPE_LIMIT, encodeFrame, FrameDecoder } from '../protocol/frame.js';
import type { Offer } from '../protocol/negotiate.js';
import { POWER_OFF } from '../protocol/version.js';
import { LEVELS, type Log } from './log.js';
import { Problem } from './problem.js';

/** How long an agent may take to answer a request, ms. */
const PATIENCE = 30_000;
/** An agent that lets this much pile up unread is not served any further, bytes. */
const BACKLOG = 4 * ENVELOPE_LIMIT;
/** Most of a log entry of an agent that is kept, characters. */
const LOG_LIMIT = 4096;

type Message<T extends BodyType> = Extract<Body, { readonly type: T }>;

interface Pending {
  readonly type: BodyType;
  readonly timer: NodeJS.Timeout;
  resolve(body: Body): void;
  reject(error: Error): void;
}

interface Events {
  /** the kernel or somebody else took a mount away */
  mountEnded: [id: number, reason: string];
  /** last event; everything of the agent is gone */
  ended: [reason: string];
}

export class AgentSession extends EventEmitter<Events> {
  readonly #socket: Socket;
  readonly #log: Log;
  readonly #decoder = new FrameDecoder(ENVELOPE_LIMIT);
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #reason = 'the connection ended';
  #ended = false;

  /** Takes over a connection whose hello has been accepted and which nobody reads. */
  constructor(
    socket: Socket,
    readonly guest: string,
    readonly version: string,
    readonly agreed: Offer,
    log: Log,
    readonly patience = PATIENCE,
  ) {
    super();
    this.#socket = socket;
    this.#log = (level, text) => log(level, `agent ${guest}: ${text}`);
    socket.on('data', (chunk) => this.#received(chunk));
    socket.on('error', (error) => this.#stop(`the connection failed: ${error.message}`));
    socket.on('close', () => this.#finish());
  }

  get ended(): boolean {
    return this.#ended;
  }

  mount(request: Mount): Promise<MountReply> {
    return this.#request({ type: 'mount', ...request }, 'mountReply');
  }

  /** Has a part of a superblock shown, if BINDS is agreed. */
  bind(request: Bind): Promise<MountReply> {
    return this.#request({ type: 'bind', ...request }, 'bindReply');
  }

  unmount(mountId: number, lazy: boolean): Promise<MountReply> {
    return this.#request({ type: 'unmount', mountId, lazy }, 'unmountReply');
  }

  /** If WRITE_BEHIND is agreed. */
  drain(mountId: number): Promise<MountReply> {
    return this.#request({ type: 'drain', mountId }, 'drainReply');
  }

  /** @param patience ms */
  statistics(patience: number): Promise<StatsReply> {
    return this.#request({ type: 'statsRequest' }, 'statsReply', patience);
  }

  /** Has a program started, if EXEC is agreed. */
  exec(request: Exec): Promise<ExecReply> {
    return this.#request({ type: 'exec', ...request }, 'execReply');
  }

  /**
   * Has the guest unmount everything and switch itself off; when this resolves it is about to be gone.
   *
   * @throws Problem if it cannot or does not
   */
  async powerOff(): Promise<void> {
    const guest = `guest ${this.guest}`;
    if (!this.agreed.features.includes(POWER_OFF)) {
      throw new Problem('guest-failed', guest, 'its agent cannot switch it off', HINT);
    }
    const { errno, message } = await this.#request({ type: 'powerOff' }, 'powerOffReply');
    if (errno !== 0) throw new Problem('guest-failed', guest, message === '' ? errnoText(errno) : message, HINT);
  }

  /** Asks the agent to unmount what is left and to close the connection. */
  bye(reason: string): void {
    if (this.#ended) return;
    this.#reason = reason;
    this.#send({ id: this.#nextId(), body: { type: 'bye', reason } });
  }

  /** Ends the session now: when this returns, everybody has been told. */
  destroy(reason: string): void {
    this.#stop(reason);
    this.#finish();
  }

  async #request<T extends BodyType>(body: Body, type: T, patience = this.patience): Promise<Message<T>> {
    if (this.#ended) throw this.#gone();
    const id = this.#nextId();
    return await new Promise<Message<T>>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#pending.delete(id);
        reject(
          new Problem(
            'timed-out',
            `guest ${this.guest}`,
            `no answer to ${body.type} within ${patience / 1000} s`,
            HINT,
          ),
        );
      }, patience);
      this.#pending.set(id, { type, timer, resolve: (answer) => resolve(answer as Message<T>), reject });
      this.#send({ id, body });
    });
  }

  #send(envelope: Envelope): void {
    if (!this.#socket.writable) return;
    this.#socket.write(encodeFrame(encodeEnvelope(envelope), ENVELOPE_LIMIT));
    if (this.#socket.writableLength > BACKLOG) this.#stop('it does not read what it is sent');
  }

  #received(chunk: Uint8Array): void {
    try {
      for (const body of this.#decoder.push(chunk)) this.#dispatch(decodeEnvelope(body));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#stop(error.message);
    }
  }

  #dispatch({ id, body }: Envelope): void {
    switch (body.type) {
      case 'mountReply':
      case 'bindReply':
      case 'unmountReply':
      case 'drainReply':
      case 'statsReply':
      case 'powerOffReply':
      case 'execReply':
      case 'pong':
        this.#answered(id, body);
        return;
      case 'mountEnded':
        this.emit('mountEnded', body.mountId, body.reason);
        return;
      case 'log':
        this.#log(LEVELS[body.level]!, body.text.slice(0, LOG_LIMIT));
        return;
      case 'ping':
        this.#send({ id, body: { type: 'pong' } });
        return;
      case 'bye':
        this.#reason = body.reason === '' ? 'the agent said goodbye' : body.reason;
        this.#socket.end();
        return;
      default:
        throw new ProtocolError(`an agent may not send ${body.type}`);
    }
  }

  /** An answer that comes after we gave up on it is dropped. */
  #answered(id: number, body: Body): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    if (pending.type !== body.type)
      throw new ProtocolError(`${body.type} answers a request that wants ${pending.type}`);
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    pending.resolve(body);
  }

  #stop(reason: string): void {
    if (this.#ended) return;
    this.#reason = reason;
    this.#socket.destroy();
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const { timer, reject } of this.#pending.values()) {
      clearTimeout(timer);
      reject(this.#gone());
    }
    this.#pending.clear();
    this.emit('ended', this.#reason);
  }

  #gone(): Problem {
    return new Problem('guest-failed', `guest ${this.guest}`, `its agent is gone: ${this.#reason}`, HINT);
  }

  #nextId(): number {
    this.#lastId = this.#lastId === 0xffff_ffff ? 1 : this.#lastId + 1;
    return this.#lastId;
  }
}

const HINT = 'See agent.log beside the daemon’s log: osmofs status';
