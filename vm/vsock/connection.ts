/**
 * One connection as a state machine, without sockets or rings: what it knows, and what has to be told to the guest.
 *
 *   requested --RESPONSE--> open --SHUTDOWN of both sides--> (gone)
 *   a guest's REQUEST begins in open; RST ends every state.
 *
 * What is to be said to the guest is kept as bits, not as packets, so a guest that takes nothing costs no memory.
 */
import { ReceiveCredit, SendCredit } from './credit.js';
import { type Header, HOST_CID, Op, Shut, TYPE_STREAM } from './packet.js';

export type State = 'requested' | 'open';

/** What has to be told to the guest, in the order in which it is told. */
export const Owed = { REQUEST: 1, RESPONSE: 2, CREDIT: 4, SHUTDOWN: 8 } as const;

export class Connection {
  readonly guestPort: number;
  readonly hostPort: number;
  state: State;
  /** the host's socket; -1 once it is closed */
  stream: number;
  readonly toGuest = new SendCredit();
  readonly fromGuest: ReceiveCredit;
  /** bits of {@link Owed} */
  owed: number;
  /** when a `requested` connection is given up; ms of the caller's clock */
  deadline = 0;

  /** the host's socket may have bytes, or an end, to read */
  readable = false;
  /** it has no reader or no writer any more on the other side: the end comes without another report */
  hungUp = false;
  /** bytes of the guest that wait for room in the host's socket */
  spilled = 0;
  /** it stands in the muxer's line */
  queued = false;

  /** bits of {@link Shut}: what the guest said that it will not do */
  guestShut = 0;
  /** … and what we have said, or owe saying */
  hostShut = 0;

  constructor(guestPort: number, hostPort: number, stream: number, state: State, allocated: number) {
    this.guestPort = guestPort;
    this.hostPort = hostPort;
    this.stream = stream;
    this.state = state;
    this.owed = state === 'requested' ? Owed.REQUEST : Owed.RESPONSE;
    this.fromGuest = new ReceiveCredit(allocated);
  }

  /** Whether bytes of the host's socket can go to the guest now. */
  get mayFill(): boolean {
    return (
      this.readable &&
      this.state === 'open' &&
      (this.hostShut & Shut.SEND) === 0 &&
      (this.guestShut & Shut.RECEIVE) === 0 &&
      this.toGuest.available > 0
    );
  }

  /** Whether the guest's bytes still have a receiver. */
  get takesBytes(): boolean {
    return this.stream >= 0 && (this.hostShut & Shut.RECEIVE) === 0;
  }

  /** We will no longer send, or receive. */
  shut(what: number): void {
    if ((this.hostShut & what) === what) return;
    this.hostShut |= what;
    this.owed |= Owed.SHUTDOWN;
  }

  /** Bytes have left our buffer: the guest may have to hear of it. */
  forwarded(bytes: number): void {
    this.fromGuest.forward(bytes);
    if (this.fromGuest.overdue) this.owed |= Owed.CREDIT;
  }

  /** Fills in a header of this connection, with what we know about credit. */
  compose(out: Header, cid: number, op: number): void {
    out.srcCid = HOST_CID;
    out.dstCid = cid;
    out.srcPort = this.hostPort;
    out.dstPort = this.guestPort;
    out.length = 0;
    out.type = TYPE_STREAM;
    out.op = op;
    out.flags = op === Op.SHUTDOWN ? this.hostShut : 0;
    out.bufAlloc = this.fromGuest.allocated;
    out.fwdCnt = this.fromGuest.forwarded;
  }

  /** A packet with this header has gone to the guest, which now knows what it says of credit. */
  told(header: Readonly<Header>): void {
    this.fromGuest.told(header.fwdCnt);
    this.owed &= ~Owed.CREDIT;
  }

  /** The packet that is owed first: [bit of Owed, operation]; undefined if none is. */
  get owes(): readonly [bit: number, op: number] | undefined {
    if (this.owed === 0) return undefined;
    for (const debt of DEBTS) if ((this.owed & debt[0]) !== 0) return debt;
    return undefined;
  }
}

const DEBTS: readonly (readonly [number, number])[] = [
  [Owed.REQUEST, Op.REQUEST],
  [Owed.RESPONSE, Op.RESPONSE],
  [Owed.CREDIT, Op.CREDIT_UPDATE],
  [Owed.SHUTDOWN, Op.SHUTDOWN],
];
