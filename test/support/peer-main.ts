/**
 * The process behind a {@link Peer}: reads requests as lines from descriptor 0, makes the calls on its main thread,
 * answers on descriptor 1. Entirely synchronous, so that a blocked call is a blocked process that others can look at.
 *
 * Request {id, name, args, announce}; answers {id, began: true} before the call (if announce), then {id, result} or
 * {id, error: {syscall, errno, detail}} or {id, failure: text}.
 */
import { readSync, writeSync } from 'node:fs';
import { actions } from './actions.js';
import * as sys from './sys.js';
import { decode, encode } from './wire.js';

interface Request {
  id: number;
  name: string;
  args: unknown[];
  announce: boolean;
}

function answer(message: object): void {
  let rest = Buffer.from(encode(message));
  while (rest.length > 0) rest = rest.subarray(writeSync(1, rest));
}

function serve({ id, name, args, announce }: Request): void {
  if (announce) answer({ id, began: true });
  try {
    const act = (actions as unknown as Record<string, (...args: unknown[]) => unknown>)[name]!;
    answer({ id, result: act(...args) });
  } catch (error) {
    if (error instanceof sys.SysError) {
      answer({ id, error: { syscall: error.syscall, errno: error.errno, detail: error.detail } });
    } else answer({ id, failure: (error as Error).stack });
  }
}

const SIGKILL = 9;
sys.prctl(sys.C.PR_SET_PDEATHSIG, SIGKILL);
sys.disposition('SIGUSR1', 'interrupt');
sys.disposition('SIGXFSZ', 'ignore');
sys.setSoftLimit(sys.C.RLIMIT_CORE, 0n);
answer({ id: 0, result: process.pid });

const chunk = Buffer.alloc(65536);
let text = '';
for (;;) {
  const length = readSync(0, chunk);
  if (length === 0) process.exit(0);
  text += chunk.toString('utf8', 0, length);
  const lines = text.split('\n');
  text = lines.pop()!;
  for (const line of lines) serve(decode(line) as Request);
}
