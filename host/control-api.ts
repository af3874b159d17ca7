/** The control API: routes.ts's rows behind node:http on control.sock. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import type { Duplex } from 'node:stream';
import { PROGRESS_TYPE, type ProgressLine, VERSION_HEADER } from './api.js';

import { listen } from './listen.js';
import type { Log } from './log.js';
import { messageOf, Problem } from './problem.js';
import { readVersion } from './version.js';

/** Largest request, bytes. */
const REQUEST_LIMIT = 64 * 1024;
/** A day; see below. */
const RARELY = 24 * 60 * 60 * 1000;

/** A row of the API: `METHOD /path` → what it does with the body. Throws {@link Problem}s. */
export type Routes = Readonly<Record<string, (body: unknown) => unknown>>;

/** What takes connections over that ask for another protocol. */
export interface Upgrades {
  readonly protocol: string;
  /** path up to and with the last slash */
  readonly prefix: string;
  /** @param rest of the path. @param early bytes behind the request. @returns false if there is no such thing */
  take(rest: string, socket: Duplex, early: Uint8Array): boolean;
}

/** An answer after which the connection stays open until the process is gone. */
export class LastAnswer {
  constructor(
    readonly value: unknown,
    /** called when the answer is on its way */
    readonly afterwards: () => void,
  ) {}
}

/** An answer that takes its time: lines of {@link ProgressLine} as they come, the last one the result or a problem. */
export class SlowAnswer {
  constructor(readonly work: (tell: (step: string) => void) => Promise<unknown>) {}
}

export class ControlApi {
  readonly #server: Server;
  readonly #routes: Routes;
  readonly #log: Log;

  constructor(routes: Routes, log: Log, upgrades?: Upgrades) {
    this.#routes = routes;
    this.#log = log;
    // Node looks for slow clients with a timer, every 30 s: an idle daemon should not wake up for that.
    this.#server = createServer({ connectionsCheckingInterval: RARELY }, (request, response) => {
      void this.#serve(request, response);
    });
    this.#server.on('clientError', (_, socket) => socket.destroy());
    if (upgrades !== undefined) {
      this.#server.on('upgrade', (request, socket, early) => upgrade(upgrades, request, socket, early));
    }
  }

  async listen(path: string): Promise<void> {
    await listen(this.#server, path);
  }

  /** No new connections. */
  close(): void {
    this.#server.close();
  }

  /** Cuts off those that are open, as the end of the process does. */
  closeConnections(): void {
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = `${request.method} ${request.url}`;
    try {
      const body = await readBody(request);
      const route = Object.hasOwn(this.#routes, name) ? this.#routes[name] : undefined;
      if (route === undefined)
        throw new Problem('bad-request', name, 'no such request', 'Is osmofs as new as its daemon?');
      const result = await route(body);
      if (result instanceof SlowAnswer) await this.#serveSlowly(response, result, name);
      else if (result instanceof LastAnswer) {
        await send(response, 200, result.value, false);
        result.afterwards();
      } else await send(response, 200, result, true);
    } catch (error) {
      const problem = this.#asProblem(error, name);
      await send(response, problem.status, problem, true);
    }
  }

  async #serveSlowly(response: ServerResponse, { work }: SlowAnswer, name: string): Promise<void> {
    // Whoever asked may be gone: the work is done all the same.
    const say = (line: ProgressLine) => {
      if (response.writable) response.write(`${JSON.stringify(line)}\n`);
    };
    response.writeHead(200, { 'content-type': PROGRESS_TYPE, [VERSION_HEADER]: readVersion(), connection: 'close' });
    try {
      say({ result: await work((progress) => say({ progress })) });
    } catch (error) {
      say(this.#asProblem(error, name).toJSON());
    }
    response.end();
  }

  #asProblem(error: unknown, name: string): Problem {
    if (error instanceof Problem) {
      this.#log('info', `${name}: ${error.message}`);
      return error;
    }
    this.#log('error', `${name} failed: ${error instanceof Error ? error.stack : error}`);
    return new Problem('internal', 'daemon', messageOf(error), 'Please report it with the daemon’s log');
  }
}

function upgrade({ protocol, prefix, take }: Upgrades, request: IncomingMessage, socket: Duplex, early: Buffer): void {
  const { url = '', headers } = request;
  socket.on('error', () => socket.destroy());
  const fits = url.startsWith(prefix) && headers.upgrade === protocol;
  // The answer has to stand before anything of what is joined.
  socket.cork();
  socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
  if (fits && take(url.slice(prefix.length), socket, early)) socket.uncork();
  else socket.destroy();
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > REQUEST_LIMIT) throw new Problem('bad-request', 'request', `longer than ${REQUEST_LIMIT} bytes`);
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new Problem('bad-request', 'request', 'not JSON');
  }
}

/** Resolves when the system has the bytes, or the one who asked is gone. */
async function send(response: ServerResponse, status: number, value: unknown, complete: boolean): Promise<void> {
  const text = `${JSON.stringify(value)}\n`;
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    const headers = { 'content-type': 'application/json', [VERSION_HEADER]: readVersion(), connection: 'close' };
    response.writeHead(status, headers);
    if (complete) response.end(text, resolve);
    else response.write(text, () => resolve());
  });
}
