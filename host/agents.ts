/**
 * Where agents connect: a unix socket (0600). Every connection proves the token before anything else; then it is a
 * control session, or a lane of a mount that is being set up, whose descriptor goes to the mount.
 */
import { timingSafeEqual } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { type ControlHello, type Hello, Lane, type LaneHello, Role } from '../protocol/control.js';
import { ProtocolError } from '../protocol/error.js';
import { type Offer, OUR_OFFER } from '../protocol/negotiate.js';
import { SHARED_LANES } from '../protocol/version.js';
import { agree, helloReply, readHello } from './agent-hello.js';
import { AgentSession } from './agent-session.js';
import { listen } from './listen.js';
import type { Log } from './log.js';
import { NAME_PATTERN } from './mount-options.js';
import { messageOf } from './problem.js';
import { detachDescriptor, resumeReading, stopReading } from './socket-handle.js';

/** A hello has to be complete within this, ms. */
const HELLO_PATIENCE = 10_000;
/** Connections that have not said hello yet; more are closed at once. */
const MOST_STRANGERS = 64;

export type LaneKind = 'meta' | 'data';

/** A mount that waits for its lanes. */
export interface ExpectedLanes {
  readonly guest: string;
  /** LANE_SECRET_BYTES long */
  readonly secret: Uint8Array;
  /** Takes the descriptor over; called at most once per kind. `shared`: SHARED_LANES was agreed for it. */
  attach(kind: LaneKind, descriptor: number, shared: boolean): void;
}

export interface AgentsOptions {
  readonly token: Uint8Array;
  readonly log: Log;
  /** dup(2) with close-on-exec: the new descriptor or -errno */
  duplicate(fd: number): number;
  readonly helloPatience?: number;
}

export class Agents extends EventEmitter<{ session: [session: AgentSession] }> {
  readonly #options: AgentsOptions;
  readonly #server: Server;
  readonly #sessions = new Map<string, AgentSession>();
  readonly #strangers = new Set<Socket>();
  readonly #expected = new Map<number, { readonly lanes: ExpectedLanes; readonly missing: Set<LaneKind> }>();

  constructor(options: AgentsOptions) {
    super();
    this.#options = options;
    this.#server = createServer((socket) => void this.#welcome(socket));
  }

  async listen(path: string): Promise<void> {
    await listen(this.#server, path);
  }

  get sessions(): readonly AgentSession[] {
    return [...this.#sessions.values()];
  }

  session(guest: string): AgentSession | undefined {
    return this.#sessions.get(guest);
  }

  /** From now on lanes for this mount are accepted, one of each kind. @returns ends that */
  expect(mountId: number, lanes: ExpectedLanes): () => void {
    this.#expected.set(mountId, { lanes, missing: new Set<LaneKind>(['meta', 'data']) });
    return () => this.#expected.delete(mountId);
  }

  /** No new connections; what has not said hello is closed. Sessions are the caller's to end. */
  close(): void {
    this.#server.close();
    for (const socket of this.#strangers) socket.destroy();
  }

  /** Never rejects: whatever a stranger does concerns its connection only. */
  async #welcome(socket: Socket): Promise<void> {
    // Before the hello an error only means that the connection is gone, which `close` tells as well.
    const ignore = () => {};
    socket.on('error', ignore);
    if (this.#strangers.size >= MOST_STRANGERS) return void socket.destroy();
    this.#strangers.add(socket);
    try {
      const hello = await readHello(socket, this.#options.helloPatience ?? HELLO_PATIENCE, stopReading);
      this.#authenticate(hello);
      const offer = agree(hello);
      if (hello.role === Role.CONTROL) this.#startSession(socket, hello, offer);
      else this.#takeLane(socket, hello, offer);
      socket.off('error', ignore);
    } catch (error) {
      this.#refuse(socket, error);
    } finally {
      this.#strangers.delete(socket);
    }
  }

  /** Constant time, so that the token cannot be found byte by byte. */
  #authenticate(hello: Hello): void {
    if (!timingSafeEqual(hello.token, this.#options.token)) throw new ProtocolError('the token is not the right one');
    if (!NAME_PATTERN.test(hello.guest)) throw new ProtocolError('the name of the guest is not valid');
  }

  #startSession(socket: Socket, hello: ControlHello, offer: Offer): void {
    if (this.#sessions.has(hello.guest)) throw new ProtocolError(`an agent of ${hello.guest} is connected already`);
    const session = new AgentSession(socket, hello.guest, hello.agentVersion, offer, this.#options.log);
    this.#sessions.set(hello.guest, session);
    session.once('ended', (reason) => {
      this.#sessions.delete(hello.guest);
      this.#options.log('info', `agent ${hello.guest} is gone: ${reason}`);
    });
    this.#options.log('info', `agent ${hello.guest} ${hello.agentVersion} is connected`);
    socket.write(helloReply(offer));
    resumeReading(socket);
    this.emit('session', session);
  }

  #takeLane(socket: Socket, hello: LaneHello, offer: Offer): void {
    const expected = this.#expected.get(hello.mountId);
    const kind: LaneKind = hello.lane === Lane.META ? 'meta' : 'data';
    // One sentence for all: it should not tell which mounts there are.
    const known =
      expected !== undefined &&
      timingSafeEqual(hello.laneSecret, expected.lanes.secret) &&
      expected.lanes.guest === hello.guest;
    if (!known || !expected.missing.delete(kind)) throw new ProtocolError('no mount waits for this lane');
    // The agent sends FUSE messages as soon as it has the answer; nothing reads here any more, so they stay in the
    // socket for the one who gets the descriptor.
    socket.write(helloReply(offer), (failed) => {
      const fd = failed ? -1 : detachDescriptor(socket, this.#options.duplicate);
      if (fd >= 0) expected.lanes.attach(kind, fd, offer.features.includes(SHARED_LANES));
      else this.#options.log('warn', `lane of mount ${hello.mountId} of ${hello.guest} was lost before it was used`);
    });
  }

  #refuse(socket: Socket, error: unknown): void {
    const sentence = error instanceof ProtocolError ? error.message : 'the daemon failed';
    this.#options.log('warn', `an agent was refused: ${messageOf(error)}`);
    if (!socket.writable) return void socket.destroy();
    socket.write(helloReply(OUR_OFFER, sentence.slice(0, 4096)));
    socket.destroySoon();
  }
}
