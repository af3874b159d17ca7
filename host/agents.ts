/**
 * The agents that are connected, and what is expected of them. They come in through gates (agent-gate.ts): the one of this
 * machine, and one for every virtual machine. A connection is a control session, a lane of a mount that is being set
 * up, or the stream of a program that is being started.
 */
import { timingSafeEqual } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { type ControlHello, type Hello, Lane, type LaneHello, Role, type StreamHello } from '../protocol/control.js';
import { ProtocolError } from '../protocol/error.js';
import { type Offer, OUR_OFFER } from '../protocol/negotiate.js';
import { BINDS, EXEC, POWER_OFF, SHARED_LANES } from '../protocol/version.js';
import { AgentGate } from './agent-gate.js';
import { helloReply } from './agent-hello.js';
import { AgentSession } from './agent-session.js';
import type { Log } from './log.js';
import { LOCAL_GUEST, NAME_PATTERN } from './mount-options.js';
import { Problem } from './problem.js';
import { detachDescriptor, resumeReading } from './socket-handle.js';

export type LaneKind = 'meta' | 'data';

/** A mount that waits for its lanes. */
export interface ExpectedLanes {
  readonly guest: string;
  /** LANE_SECRET_BYTES long */
  readonly secret: Uint8Array;
  /** Takes the descriptor over; called at most once per kind. `shared`: SHARED_LANES was agreed for it. */
  attach(kind: LaneKind, descriptor: number, shared: boolean): void;
}

/** A program that waits for its stream. */
export interface ExpectedStream {
  readonly guest: string;
  /** LANE_SECRET_BYTES long */
  readonly secret: Uint8Array;
  /** Takes the connection over; nothing that follows the hello has been read, and nobody reads. At most once. */
  attach(socket: Socket): void;
}

/** A virtual machine whose agent may connect. */
export interface ExpectedGuest {
  readonly guest: string;
  /** TOKEN_BYTES long; of this boot */
  readonly token: Uint8Array;
  /** where its vsock port AGENT_PORT comes out; a file that is left over there is replaced */
  readonly socketPath: string;
}

export interface AgentsOptions {
  readonly token: Uint8Array;
  readonly log: Log;
  /** dup(2) with close-on-exec: the new descriptor or -errno */
  duplicate(fd: number): number;
  readonly helloPatience?: number;
}

/**
 * For agents of this machine: it is neither switched off nor are programs run in it for anybody. A superblock rooted at the share root
 * would have nearly every mount point of this machine inside: the daemon would come upon its own mounts (mount-rules.ts).
 */
const LOCAL_OFFER = offerWithout(BINDS, EXEC, POWER_OFF);
/** For agents of another kernel. */
const REMOTE_OFFER = offerWithout(SHARED_LANES);

export class Agents extends EventEmitter<{ session: [session: AgentSession] }> {
  readonly #options: AgentsOptions;
  readonly #gate: AgentGate;
  /** by name of the guest */
  readonly #guests = new Map<string, AgentGate>();
  readonly #sessions = new Map<string, AgentSession>();
  readonly #lanes = new Map<number, { readonly lanes: ExpectedLanes; readonly missing: Set<LaneKind> }>();
  readonly #streams = new Map<number, ExpectedStream>();

  constructor(options: AgentsOptions) {
    super();
    this.#options = options;
    this.#gate = new AgentGate({
      ...options,
      guest: LOCAL_GUEST,
      offer: LOCAL_OFFER,
      checkGuest: (guest) => {
        if (this.#guests.has(guest)) throw new ProtocolError(`${guest} is a virtual machine: this is not its socket`);
      },
      admit: (socket, hello, offer) => this.#admit(socket, hello, offer),
    });
  }

  async listen(path: string): Promise<void> {
    await this.#gate.listen(path);
  }

  /**
   * From now on the agent of that virtual machine may connect at its socket, with its token; it replaces what was
   * expected of that name. `close` ends that, and its session.
   *
   * @throws Problem if the name cannot be used or the socket cannot be made
   */
  async expectGuest({ guest, token, socketPath }: ExpectedGuest): Promise<{ close(): void }> {
    if (guest === LOCAL_GUEST || !NAME_PATTERN.test(guest)) {
      throw new Problem('usage', guest, 'not a name for a virtual machine', 'Choose another name');
    }
    const gate = new AgentGate({
      ...this.#options,
      guest,
      token: Uint8Array.from(token),
      offer: REMOTE_OFFER,
      checkGuest: (name) => {
        if (name !== guest) throw new ProtocolError(`this is the socket of ${guest}, not of ${name}`);
      },
      admit: (socket, hello, offer) => {
        // Who knows the token of this boot is root in the guest: the agent that comes last is the one that lives.
        if (hello.role === Role.CONTROL) this.#drop(guest, 'another agent of this guest has taken its place');
        this.#admit(socket, hello, offer);
      },
    });
    this.#guests.get(guest)?.close();
    this.#drop(guest, 'its guest is started anew');
    this.#guests.set(guest, gate);
    try {
      await gate.listen(socketPath);
    } catch (error) {
      this.#forget(guest, gate);
      throw error;
    }
    return { close: () => this.#forget(guest, gate) };
  }

  /** Whether the agent of that virtual machine may connect. */
  expects(guest: string): boolean {
    return this.#guests.has(guest);
  }

  get sessions(): readonly AgentSession[] {
    return [...this.#sessions.values()];
  }

  session(guest: string): AgentSession | undefined {
    return this.#sessions.get(guest);
  }

  /** The session with the guest's agent, as soon as there is one. @throws Problem 'timed-out' after `patience` ms */
  async whenConnected(guest: string, patience: number, signal?: AbortSignal): Promise<AgentSession> {
    const there = this.#sessions.get(guest);
    if (there !== undefined) return there;
    return await new Promise<AgentSession>((resolve, reject) => {
      const settle = (end: () => void) => {
        clearTimeout(timer);
        this.off('session', arrived);
        signal?.removeEventListener('abort', aborted);
        end();
      };
      const arrived = (session: AgentSession) => {
        if (session.guest === guest) settle(() => resolve(session));
      };
      const aborted = () => settle(() => reject(signal!.reason));
      const late = new Problem('timed-out', `guest ${guest}`, `no hello within ${patience / 1000} s`, CONSOLE_HINT);
      const timer = setTimeout(() => settle(() => reject(late)), patience);
      this.on('session', arrived);
      signal?.addEventListener('abort', aborted, { once: true });
      if (signal?.aborted) aborted();
    });
  }

  /** From now on lanes for this mount are accepted, one of each kind. @returns ends that */
  expect(mountId: number, lanes: ExpectedLanes): () => void {
    this.#lanes.set(mountId, { lanes, missing: new Set<LaneKind>(['meta', 'data']) });
    return () => this.#lanes.delete(mountId);
  }

  /** From now on one stream for this program is accepted. @returns ends that */
  expectStream(execId: number, stream: ExpectedStream): () => void {
    this.#streams.set(execId, stream);
    return () => this.#streams.delete(execId);
  }

  /** No new connections. Sessions are the caller's to end. */
  close(): void {
    for (const gate of [this.#gate, ...this.#guests.values()]) gate.close();
  }

  #forget(guest: string, gate: AgentGate): void {
    gate.close();
    if (this.#guests.get(guest) !== gate) return;
    this.#guests.delete(guest);
    this.#drop(guest, 'its guest is not expected any more');
  }

  #drop(guest: string, reason: string): void {
    const session = this.#sessions.get(guest);
    this.#sessions.delete(guest);
    session?.destroy(reason);
  }

  #admit(socket: Socket, hello: Hello, offer: Offer): void {
    if (hello.role === Role.CONTROL) this.#startSession(socket, hello, offer);
    else if (hello.role === Role.LANE) this.#takeLane(socket, hello, offer);
    else this.#takeStream(socket, hello, offer);
  }

  #startSession(socket: Socket, { guest, agentVersion }: ControlHello, offer: Offer): void {
    if (this.#sessions.has(guest)) throw new ProtocolError(`an agent of ${guest} is connected already`);
    const session = new AgentSession(socket, guest, agentVersion, offer, this.#options.log);
    this.#sessions.set(guest, session);
    session.once('ended', (reason) => {
      if (this.#sessions.get(guest) === session) this.#sessions.delete(guest);
      this.#options.log('info', `agent ${guest} is gone: ${reason}`);
    });
    this.#options.log('info', `agent ${guest} ${agentVersion} is connected`);
    socket.write(helloReply(offer));
    resumeReading(socket);
    this.emit('session', session);
  }

  #takeLane(socket: Socket, hello: LaneHello, offer: Offer): void {
    const expected = this.#lanes.get(hello.mountId);
    const kind: LaneKind = hello.lane === Lane.META ? 'meta' : 'data';
    // One sentence for all: it should not tell which mounts there are.
    if (!isFor(expected?.lanes, hello.guest, hello.laneSecret) || !expected!.missing.delete(kind))
      throw new ProtocolError('no mount waits for this lane');
    // The agent sends FUSE messages as soon as it has the answer; nothing reads here any more, so they stay in the
    // socket for the one who gets the descriptor.
    socket.write(helloReply(offer), (failed) => {
      const fd = failed ? -1 : detachDescriptor(socket, this.#options.duplicate);
      if (fd >= 0) expected!.lanes.attach(kind, fd, offer.features.includes(SHARED_LANES));
      else this.#options.log('warn', `lane of mount ${hello.mountId} of ${hello.guest} was lost before it was used`);
    });
  }

  #takeStream(socket: Socket, hello: StreamHello, offer: Offer): void {
    const expected = this.#streams.get(hello.execId);
    if (!isFor(expected, hello.guest, hello.execSecret)) throw new ProtocolError('no program waits for this stream');
    this.#streams.delete(hello.execId);
    socket.write(helloReply(offer));
    expected!.attach(socket);
  }
}

function isFor(expected: Pick<ExpectedLanes, 'guest' | 'secret'> | undefined, guest: string, secret: Uint8Array) {
  return expected !== undefined && timingSafeEqual(secret, expected.secret) && expected.guest === guest;
}

function offerWithout(...features: readonly string[]): Offer {
  return { ...OUR_OFFER, features: OUR_OFFER.features.filter((feature) => !features.includes(feature)) };
}

const CONSOLE_HINT = 'See what it says: osmofs vm logs';
