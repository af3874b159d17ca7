/**
 * Programs that the command line has run in a guest. The daemon asks the agent to start one and to connect a stream for
 * it, then joins that stream with the connection of the command line; what passes on it is theirs (protocol/stream.ts).
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { errnoText } from '../protocol/errno.js';
import { EXEC, LANE_SECRET_BYTES } from '../protocol/version.js';
import type { AgentSession } from './agent-session.js';
import type { Agents } from './agents.js';
import type { ExecReply, ExecRequest } from './api.js';
import type { Log } from './log.js';
import { LOCAL_GUEST } from './mount-options.js';
import { Problem } from './problem.js';
import { resumeReading } from './socket-handle.js';

/** How long a program that runs waits for the one who has asked for it, and that one for the agent, ms. */
const PATIENCE = 10_000;
/** Programs that wait at once, beyond which nobody may ask for more. */
const MOST_WAITING = 256;

interface Waiting {
  readonly stream: Socket;
  readonly timer: NodeJS.Timeout;
}

export class Programs {
  readonly #agents: Agents;
  readonly #log: Log;
  readonly #patience: number;
  /** by ticket */
  readonly #waiting = new Map<string, Waiting>();
  readonly #joined = new Set<Socket>();
  #lastId = 0;

  constructor(agents: Agents, log: Log, patience = PATIENCE) {
    this.#agents = agents;
    this.#log = log;
    this.#patience = patience;
  }

  /** Starts a program; {@link attach} must follow. @throws Problem if the guest cannot be asked */
  async start({ guest, ...program }: ExecRequest): Promise<ExecReply> {
    const session = await this.#session(guest);
    if (!session.agreed.features.includes(EXEC)) {
      throw new Problem('guest-failed', `guest ${guest}`, 'its agent runs no programs', 'Only those of VMs do');
    }
    if (this.#waiting.size >= MOST_WAITING)
      throw new Problem('busy', guest, 'too many programs are started', 'Try again');
    const execId = this.#nextId();
    const execSecret = randomBytes(LANE_SECRET_BYTES);
    let stream: Socket | undefined;
    const attach = (socket: Socket) => {
      stream = socket;
      socket.on('error', () => socket.destroy());
    };
    const forget = this.#agents.expectStream(execId, { guest, secret: execSecret, attach });
    try {
      const { errno, message } = await session.exec({ execId, execSecret, ...program });
      if (errno !== 0) {
        stream?.destroy();
        return { ticket: '', errno, message: message === '' ? errnoText(errno) : message };
      }
      if (stream === undefined) throw new Problem('guest-failed', `guest ${guest}`, 'its agent has sent no stream');
      this.#log('info', `guest ${guest} runs ${program.argv[0]}`);
      return { ticket: this.#keep(stream), errno: 0, message: '' };
    } catch (error) {
      stream?.destroy();
      throw error;
    } finally {
      forget();
    }
  }

  /**
   * Joins the program's stream with `client`; once per ticket.
   *
   * @param early bytes of the client's that have been read already. @returns false if nothing waits under that ticket
   */
  attach(ticket: string, client: Duplex, early: Uint8Array): boolean {
    const waiting = this.#waiting.get(ticket);
    if (waiting === undefined) return false;
    this.#waiting.delete(ticket);
    clearTimeout(waiting.timer);
    const { stream } = waiting;
    this.#joined.add(stream);
    // With one side the other ends: the program learns that nobody listens, the command line that there is no more.
    client.on('error', () => client.destroy());
    client.on('close', () => stream.destroy());
    stream.on('close', () => {
      this.#joined.delete(stream);
      client.end();
    });
    if (early.length > 0) stream.write(early);
    client.pipe(stream);
    stream.pipe(client);
    resumeReading(stream);
    return true;
  }

  /** Hangs up on all programs. */
  close(): void {
    for (const { stream, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      stream.destroy();
    }
    this.#waiting.clear();
    for (const stream of this.#joined) stream.destroy();
  }

  /** An agent whose daemon has just started is on its way. */
  async #session(guest: string): Promise<AgentSession> {
    const session = this.#agents.session(guest);
    if (session !== undefined) return session;
    if (!this.#agents.expects(guest)) throw unreachable(guest, 'not running');
    return await this.#agents.whenConnected(guest, this.#patience).catch(() => {
      throw unreachable(guest, 'its agent is not connected');
    });
  }

  #keep(stream: Socket): string {
    const ticket = randomBytes(16).toString('hex');
    const timer = setTimeout(() => {
      this.#waiting.delete(ticket);
      stream.destroy();
    }, this.#patience);
    this.#waiting.set(ticket, { stream, timer });
    return ticket;
  }

  #nextId(): number {
    this.#lastId = this.#lastId === 0xffff_ffff ? 1 : this.#lastId + 1;
    return this.#lastId;
  }
}

function unreachable(guest: string, what: string): Problem {
  if (guest === LOCAL_GUEST) {
    return new Problem('usage', guest, 'this machine, not a guest', 'Run the program itself');
  }
  return new Problem(
    'not-running',
    `guest ${guest}`,
    what,
    `See: osmofs vm status ${guest}; start it: osmofs vm start ${guest}`,
  );
}
