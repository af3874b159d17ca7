/** The command line's end of the control socket. */
import type { IncomingMessage } from 'node:http';

import type { Socket } from 'node:net';
import { PROGRESS_TYPE, type ProgressLine, VERSION_HEADER } from '../api.js';

import { messageOf, Problem, systemCode } from '../problem.js';

export interface RequestOptions {
  /** how long the daemon may be silent, ms */
  readonly patience?: number;
  /** do not return before the daemon has closed the connection (its process is gone) */
  readonly untilClosed?: boolean;
  /** hears each step of an answer that takes its time */
  readonly tell?: (step: string) => void;
}

/** mount and umount wait for an agent, which has 30 s. */
const PATIENCE = 90_000;

export class Client {
  constructor(readonly socketPath: string) {}

  /** @throws Problem what the daemon answered, or 'not-running', or 'timed-out' */
  async request<T>(
    method: 'GET' | 'POST' | 'DELETE',
    route: string,
    body?: object,
    options?: RequestOptions,
  ): Promise<T> {
    const { request } = await import('node:http');
    const text = body === undefined ? undefined : JSON.stringify(body);
    const patience = options?.patience ?? PATIENCE;
    return new Promise<T>((resolve, reject) => {
      const call = request({
        socketPath: this.socketPath,
        method,
        path: route,
        agent: false,
        timeout: patience,
        headers:
          text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
      });
      call.on('timeout', () => call.destroy(silent(patience)));
      call.on('error', (error) => reject(error instanceof Problem ? error : unreachable(error, this.socketPath)));
      call.on('response', (response) => {
        collect<T>(response, options?.untilClosed === true, options?.tell).then(resolve, reject);
      });
      call.end(text);
    });
  }

  /** Turns a connection over to another protocol. @throws Problem if the daemon does not */
  async upgrade(route: string, protocol: string): Promise<{ socket: Socket; early: Uint8Array }> {
    const { request } = await import('node:http');
    return new Promise((resolve, reject) => {
      const headers = { connection: 'Upgrade', upgrade: protocol };
      const call = request({ socketPath: this.socketPath, path: route, agent: false, headers });
      call.on('error', (error) => reject(unreachable(error, this.socketPath)));
      call.on('upgrade', (_, socket, early) => resolve({ socket, early }));
      call.on('response', (response) => {
        collect(response, false).then(() => reject(unreachable(new Error('it does not upgrade'), route)), reject);
      });
      call.end();
    });
  }
}

async function collect<T>(
  response: IncomingMessage,
  untilClosed: boolean,
  tell: (step: string) => void = () => {},
): Promise<T> {
  let text = '';
  const slow = response.headers['content-type'] === PROGRESS_TYPE;
  response.setEncoding('utf8');
  try {
    for await (const chunk of response) {
      text += chunk;
      if (slow) text = tellProgress(text, response, tell);
    }
  } catch (error) {
    // A process that ends cuts its last answer off: the lines before that are whole.
    if (!untilClosed || text === '') throw unreachable(error, 'daemon');
  }
  const value = parse(text, response);
  if (!slow && response.statusCode === 200) return value as T;
  if (slow && typeof value === 'object' && value !== null && 'result' in value) return value.result as T;
  throw Problem.from(value);
}

/** Tells what whole lines of progress there are. @returns the rest, of which the last line is the result */
function tellProgress(text: string, response: IncomingMessage, tell: (step: string) => void): string {
  for (;;) {
    const end = text.indexOf('\n');
    if (end < 0) return text;
    const line = parse(text.slice(0, end), response) as ProgressLine;
    if (!('progress' in line)) return text;
    tell(line.progress);
    text = text.slice(end + 1);
  }
}

function parse(text: string, response: IncomingMessage): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const version = response.headers[VERSION_HEADER] ?? 'unknown';
    throw new Problem('internal', 'daemon', `its answer is not JSON (version ${version})`, RESTART_HINT);
  }
}

function unreachable(error: unknown, thing: string): Problem {
  const code = systemCode(error);
  if (code === 'ENOENT' || code === 'ECONNREFUSED') {
    return new Problem('not-running', 'daemon', 'not running', 'Start it: osmofs daemon start', { cause: error });
  }
  if (code === 'EACCES') return new Problem('internal', thing, 'permission denied', 'It belongs to another user');
  return new Problem('internal', 'daemon', `the connection failed: ${messageOf(error)}`, 'See its log, daemon.log', {
    cause: error,
  });
}

function silent(patience: number): Problem {
  return new Problem('timed-out', 'daemon', `no answer within ${patience / 1000} s`, RESTART_HINT);
}

const RESTART_HINT = 'Restart it: osmofs daemon stop --force && osmofs daemon start';
