/**
 * The agent's end of the way to the daemon: one control session, and a raw descriptor for every lane. What kind of
 * socket it is stays in this file and connection.ts.
 */
import { os } from '../native/index.js';
import {
  type Body,
  decodeEnvelope,
  decodeHelloReply,
  type Envelope,
  encodeEnvelope,
  encodeHello,
  type Hello,
  type Lane,
  Role,
} from '../protocol/control.js';
import { ProtocolError } from '../protocol/error.js';
import { ENVELOPE_LIMIT, encodeFrame, FrameDecoder, HELLO_LIMIT } from '../protocol/frame.js';
import { negotiate, type Offer, OUR_OFFER } from '../protocol/negotiate.js';
import { SHARED_LANES } from '../protocol/version.js';
import { type Address, formatAddress, LinkError } from './address.js';
import { Connection } from './connection.js';
import { carried } from './transport.js';

/** Who says hello. */
export interface Identity {
  readonly token: Uint8Array;
  readonly guest: string;
  readonly version: string;
  /** what this agent is ready to do, of the features of the protocol */
  readonly features: readonly string[];
}

export interface LinkEvents {
  /** A message of the daemon; exceptions end the link. */
  message(envelope: Envelope): void;
  /** The session is over; `reason` = '' if the other side just closed it. Called once. */
  ended(reason: string): void;
}

/** A lane that the daemon has accepted. */
export interface LaneSocket {
  /** carries FUSE messages, and nothing of them has been read */
  readonly socket: number;
  /** first comes the daemon's offer of shared memory */
  readonly shared: boolean;
}

export class Link {
  readonly address: string;
  /** What both sides can do. */
  readonly agreed: Offer;
  readonly #address: Address;
  readonly #identity: Identity;
  readonly #control: Connection;
  readonly #decoder = new FrameDecoder(ENVELOPE_LIMIT);
  #next = 1;

  private constructor(address: Address, identity: Identity, control: Connection, agreed: Offer) {
    this.address = formatAddress(address);
    this.agreed = agreed;
    this.#address = address;
    this.#identity = identity;
    this.#control = control;
  }

  /** @throws LinkError if the daemon cannot be reached or refuses */
  static async connect(address: Address, identity: Identity): Promise<Link> {
    const { connection, agreed } = await introduce(address, identity, { role: Role.CONTROL });
    return new Link(address, identity, connection, agreed);
  }

  /** Messages are delivered from now on. */
  listen(events: LinkEvents): void {
    let reason = '';
    const take = (bytes: Uint8Array) => {
      try {
        for (const body of this.#decoder.push(bytes)) events.message(decodeEnvelope(body));
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        reason = error.message;
        this.#control.destroy();
      }
    };
    this.#control.flow(take, () => events.ended(reason));
  }

  /** @param id of the request that this answers; a new one if it answers none */
  send(body: Body, id = this.#nextId()): void {
    this.#control.write(encodeFrame(encodeEnvelope({ id, body }), ENVELOPE_LIMIT));
  }

  /** @throws LinkError */
  async lane(mountId: number, lane: Lane, laneSecret: Uint8Array): Promise<LaneSocket> {
    const { connection, agreed } = await introduce(this.#address, this.#identity, {
      role: Role.LANE,
      mountId,
      lane,
      laneSecret,
    });
    const socket = connection.detach((fd) => os.duplicate(fd));
    return { socket, shared: agreed.features.includes(SHARED_LANES) };
  }

  /** The connection for a program's streams. @throws LinkError */
  async stream(execId: number, execSecret: Uint8Array): Promise<Connection> {
    const purpose = { role: Role.STREAM, execId, execSecret };
    return (await introduce(this.#address, this.#identity, purpose)).connection;
  }

  async close(): Promise<void> {
    await this.#control.close();
  }

  #nextId(): number {
    const id = this.#next;
    this.#next = id === 0xffff_ffff ? 1 : id + 1;
    return id;
  }
}

type Purpose =
  | { readonly role: typeof Role.CONTROL }
  | { readonly role: typeof Role.LANE; readonly mountId: number; readonly lane: Lane; readonly laneSecret: Uint8Array }
  | { readonly role: typeof Role.STREAM; readonly execId: number; readonly execSecret: Uint8Array };

async function introduce(address: Address, identity: Identity, purpose: Purpose) {
  const offer: Offer = { ...OUR_OFFER, features: carried(address, identity.features) };
  const hello: Hello = {
    protocolMajor: offer.major,
    protocolMinor: offer.minor,
    features: offer.features,
    limits: offer.limits,
    token: identity.token,
    guest: identity.guest,
    agentVersion: identity.version,
    ...purpose,
  };
  const connection = await Connection.dial(address);
  try {
    const answer = await connection.exchange(encodeFrame(encodeHello(hello), HELLO_LIMIT));
    return { connection, agreed: agree(address, offer, answer) };
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** @throws LinkError for a refusal, and for an answer that makes no sense */
function agree(address: Address, offer: Offer, answer: Uint8Array): Offer {
  const at = `the daemon at ${formatAddress(address)}`;
  try {
    const reply = decodeHelloReply(answer);
    if (reply.refusal !== '') throw new LinkError(`${at} refuses this agent: ${reply.refusal}`, true);
    const { protocolMajor: major, protocolMinor: minor, features } = reply;
    const outcome = negotiate(offer, { major, minor, features, limits: reply.limits! });
    if (outcome.refusal !== undefined) throw new LinkError(`${at} does not fit: ${outcome.refusal}`, true);
    return outcome.accepted;
  } catch (error) {
    if (error instanceof ProtocolError) throw new LinkError(`${at} answers nonsense: ${error.message}`, true);
    throw error;
  }
}
