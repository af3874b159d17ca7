/** A command line whose streams are strings and whose daemon, if any, is a function. */
import { Client } from '../../../../host/cli/client.js';
import type { Context } from '../../../../host/cli/context.js';
import { run } from '../../../../host/cli/main.js';
import { Output } from '../../../../host/cli/output.js';
import { resolvePaths } from '../../../../host/paths.js';
import { Problem } from '../../../../host/problem.js';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type FakeDaemon = (method: string, route: string, body: unknown) => unknown;

/** No daemon: nothing listens. */
export const nobody: FakeDaemon = () => {
  throw new Problem('not-running', 'daemon', 'not running', 'Start it: osmofs daemon start');
};

/** A daemon that runs and answers this. */
export const answering =
  (answer: unknown, seen: unknown[] = []): FakeDaemon =>
  (method, route, body) => {
    seen.push([method, route, body]);
    return route === '/v1/identity' ? { pid: 7, version: '0.1.0' } : answer;
  };

class FakeClient extends Client {
  constructor(readonly daemon: FakeDaemon) {
    super('/nowhere');
  }

  override async request<T>(method: string, route: string, body?: object): Promise<T> {
    return this.daemon(method, route, body) as T;
  }
}

export function fakeContext(daemon: FakeDaemon, terminal = false): { context: Context; ran: (code: number) => Ran } {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr') => ({
    isTTY: terminal,
    write: (text: string) => {
      written[name] += text;
    },
  });
  const environment = { XDG_CONFIG_HOME: '/nowhere/c', XDG_STATE_HOME: '/nowhere/s', XDG_RUNTIME_DIR: '/nowhere/r' };
  const context: Context = {
    paths: resolvePaths({ platform: 'linux', environment, home: '/home/me', uid: 1000 }),
    defaultRoots: ['/nowhere/home', '/'],
    absolute: (path) => (path.startsWith('/') ? path : `/work/${path}`),
    output: new Output(stream('stdout'), stream('stderr'), terminal),
    client: new FakeClient(daemon),
    exitCode: 0,
  };
  return { context, ran: (code) => ({ code, ...written }) };
}

/** Runs a command line against a daemon that is there. */
export async function osmofs(argv: readonly string[], daemon: FakeDaemon = nobody, terminal = false): Promise<Ran> {
  const { context, ran } = fakeContext(daemon, terminal);
  return ran(await run(argv, context));
}
