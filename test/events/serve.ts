/** The loop of a program of these tests: requests in as lines, answers out as lines, on one thread that waits in poll(2). */
import { readSync, writeSync } from 'node:fs';
import * as sys from '../support/sys.js';
import { decode, encode } from '../support/wire.js';

interface Request {
  id: number;
  name: string;
  request: unknown;
}

/** An answer that comes later: `settle` is called when it may have come, and gives it, or undefined. */
export interface Later {
  /** milliseconds of performance.now() when to ask even if nothing has happened */
  readonly deadline: number;
  settle(): object | undefined;
}

export interface Input {
  readonly fd: number;
  /** there is something to read */
  ready(): void;
}

type Handlers = Record<string, (request: never) => unknown>;

function answer(message: object): void {
  let rest = Buffer.from(encode(message));
  while (rest.length > 0) rest = rest.subarray(writeSync(1, rest));
}

const isLater = (value: unknown): value is Later => typeof (value as Later | undefined)?.settle === 'function';

/** Serves until the requests end. */
export function serve(handlers: object, input?: Input): void {
  const SIGKILL = 9;
  sys.prctl(sys.C.PR_SET_PDEATHSIG, SIGKILL);
  sys.umask(0o022);
  const chunk = Buffer.alloc(65536);
  let text = '';
  let pending: { id: number; later: Later } | undefined;

  const handle = ({ id, name, request }: Request) => {
    try {
      const result = (handlers as Handlers)[name]!(request as never);
      if (isLater(result)) pending = { id, later: result };
      else answer({ id, result });
    } catch (error) {
      answer({ id, failure: (error as Error).stack });
    }
  };
  const settle = () => {
    const result = pending?.later.settle();
    if (result === undefined) return;
    answer({ id: pending!.id, result });
    pending = undefined;
  };

  answer({ id: 0, result: process.pid });
  for (;;) {
    settle();
    const left = pending === undefined ? 60_000 : Math.max(1, pending.later.deadline - performance.now());
    const ready = sys.readable(input === undefined ? [0] : [input.fd, 0], left);
    if (input !== undefined && ready.includes(input.fd)) input.ready();
    if (!ready.includes(0)) continue;
    const length = readSync(0, chunk);
    if (length === 0) return;
    const lines = (text + chunk.toString('utf8', 0, length)).split('\n');
    text = lines.pop()!;
    for (const line of lines) handle(decode(line) as Request);
  }
}
