/**
 * The agent: the guest's half of osmofs. One process per guest; it says hello to the daemon, makes the mounts it is asked
 * for, and ends with the daemon. The agent of a virtual machine waits for the next daemon instead.
 *
 * Exit codes: 0 asked to end (SIGTERM, SIGINT, the daemon's Bye or its PowerOff), 1 it cannot work, 69 (EX_UNAVAILABLE of sysexits.h) the
 * daemon cannot be reached or is gone.
 */
import { writeSync } from 'node:fs';
import { ANNOUNCEMENTS_FEATURE, BINDS, EXEC, POWER_OFF, SHARED_LANES, WRITE_BEHIND } from '../protocol/version.js';
import { formatAddress, LinkError } from './address.js';
import { parseArguments, USAGE, UsageError } from './arguments.js';
import { isRoot } from './attach.js';
import { clearDeadMounts } from './dead-mounts.js';
import { type Identity, Link } from './link.js';
import { reach } from './reach.js';
import { Session, type SessionEnd } from './session.js';
import { readToken } from './token.js';
import { agentVersion } from './version.js';

const OK = 0;
const FAILURE = 1;
const UNAVAILABLE = 69;

/** How long an end in good order may take, ms. */
const LAST_RESORT = 20_000;

let session: Session | undefined;
/** it was told to end */
let ending = false;
let failed = false;

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--help')) {
    writeSync(1, `${USAGE}\n`);
    return OK;
  }
  const { address, guest, token, vm, powerOff } = parseArguments(argv);
  const identity: Identity = {
    token: readToken(token),
    guest,
    version: agentVersion(),
    features: [
      ANNOUNCEMENTS_FEATURE,
      WRITE_BEHIND,
      SHARED_LANES,
      ...(vm ? [EXEC] : []),
      ...(vm && isRoot() ? [BINDS] : []),
      ...(powerOff === undefined ? [] : [POWER_OFF]),
    ],
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => finish(`the agent was told to end by ${signal}`));
  }
  if (vm) await clearDeadMounts();
  for (;;) {
    const link = vm ? await reach(address, identity, complain) : await Link.connect(address, identity);
    session = new Session(link, { vm, powerOff });
    const end = await session.ended;
    session = undefined;
    if (ending || end.how === 'off' || (end.how === 'asked' && !vm)) return failed ? FAILURE : OK;
    complain(lastWords(end, formatAddress(address)));
    if (!vm) return UNAVAILABLE;
  }
}

function lastWords({ how, reason, lost }: SessionEnd, address: string): string {
  const why = reason === '' ? '' : ` (${reason})`;
  if (how === 'asked') return `the daemon at ${address} said goodbye${why}`;
  const unmounted = lost.length === 0 ? 'nothing was mounted' : `unmounted ${lost.join(', ')}`;
  return `the daemon at ${address} is gone${why}; ${unmounted}`;
}

/** Ends in good order, or if that takes too long, anyhow: closing /dev/fuse frees whoever waits. */
function finish(reason: string): void {
  ending = true;
  if (session === undefined) process.exit(failed ? FAILURE : OK);
  session.finish(reason);
  setTimeout(() => {
    complain('the mounts do not go away in good order; giving up');
    process.kill(process.pid, 'SIGKILL');
  }, LAST_RESORT).unref();
}

/** One line on stderr, which may lead to a daemon that is gone. */
function complain(text: string): void {
  try {
    writeSync(2, `osmofs-agent: ${text.replaceAll('\n', ' ')}\n`);
  } catch {
    // Nobody listens.
  }
}

/** @returns exit code */
function explain(error: unknown): number {
  if (error instanceof UsageError) {
    complain(`${error.message}; osmofs-agent --help shows what it takes`);
    return FAILURE;
  }
  if (error instanceof LinkError) {
    complain(error.message);
    return error.refused ? FAILURE : UNAVAILABLE;
  }
  complain(`internal error: ${error instanceof Error ? error.stack : error}`);
  return FAILURE;
}

process.on('uncaughtException', (error) => {
  explain(error);
  failed = true;
  finish('the agent has failed');
});

process.exit(await main(process.argv.slice(2)).catch(explain));
