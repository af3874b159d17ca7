/**
 * One socket where agents connect, and who may come in there: every connection proves a token before anything else, and
 * on the socket of a virtual machine also that it speaks for that machine.
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import type { Hello } from '../protocol/control.js';
import { ProtocolError } from '../protocol/error.js';
import type { Offer } from '../protocol/negotiate.js';
import { sparingLog } from '../vm/sparing-log.js';
import { agree, helloReply, readHello } from './agent-hello.js';
import { listen } from './listen.js';
import type { Log } from './log.js';
import { NAME_PATTERN } from './mount-options.js';
import { messageOf } from './problem.js';
import { stopReading } from './socket-handle.js';

/** A hello has to be complete within this, ms. */
const HELLO_PATIENCE = 10_000;
/**
 * Connections that have not said hello yet. With one more the oldest goes: an agent says hello at once, so what anybody in the
 * guest opens and leaves does not keep it out. Of each gate: one guest cannot keep others out.
 */
const MOST_STRANGERS = 64;

export interface GateOptions {
  /** whose agents come in here, for the log */
  readonly guest: string;
  readonly token: Uint8Array;
  /** what this side offers to those who come in here */
  readonly offer: Offer;
  readonly log: Log;
  readonly helloPatience?: number | undefined;
  /** @throws ProtocolError if the name of the guest may not be used here */
  checkGuest(guest: string): void;
  /** Takes the connection over, on which nobody reads. @throws ProtocolError to refuse it */
  admit(socket: Socket, hello: Hello, agreed: Offer): void;
}

export class AgentGate {
  readonly #options: GateOptions;
  readonly #server: Server;
  readonly #strangers = new Set<Socket>();
  /** for what anybody in the guest can cause */
  readonly #log: Log;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#log = sparingLog(options.log);
    this.#server = createServer((socket) => void this.#welcome(socket));
  }

  async listen(path: string): Promise<void> {
    await listen(this.#server, path);
  }

  /** No new connections; what has not said hello is closed. The socket's file goes. */
  close(): void {
    this.#server.close();
    for (const socket of this.#strangers) socket.destroy();
  }

  /** Never rejects: whatever a stranger does concerns its connection only. */
  async #welcome(socket: Socket): Promise<void> {
    const { helloPatience = HELLO_PATIENCE, offer, admit } = this.#options;
    // Before the hello an error only means that the connection is gone, which `close` tells as well.
    const ignore = () => {};
    socket.on('error', ignore);
    if (this.#strangers.size >= MOST_STRANGERS) this.#dismissOldest();
    this.#strangers.add(socket);
    try {
      const hello = await readHello(socket, helloPatience, stopReading);
      this.#authenticate(hello);
      admit(socket, hello, agree(offer, hello));
      socket.off('error', ignore);
    } catch (error) {
      this.#refuse(socket, error);
    } finally {
      this.#strangers.delete(socket);
    }
  }

  #dismissOldest(): void {
    const [oldest] = this.#strangers;
    this.#strangers.delete(oldest!);
    oldest!.destroy(new ProtocolError('no hello, and more connections are waiting'));
  }

  /** Constant time, so that the token cannot be found byte by byte. */
  #authenticate(hello: Hello): void {
    const { token, checkGuest } = this.#options;
    if (!timingSafeEqual(hello.token, token)) throw new ProtocolError('the token is not the right one');
    if (!NAME_PATTERN.test(hello.guest)) throw new ProtocolError('the name of the guest is not valid');
    checkGuest(hello.guest);
  }

  #refuse(socket: Socket, error: unknown): void {
    const sentence = error instanceof ProtocolError ? error.message : 'the daemon failed';
    this.#log('warn', `an agent of ${this.#options.guest} was refused: ${messageOf(error)}`);
    if (!socket.writable) return void socket.destroy();
    socket.write(helloReply(this.#options.offer, sentence.slice(0, 4096)));
    socket.destroySoon();
  }
}
