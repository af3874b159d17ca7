/**
 * Entry of the daemon's process. Descriptor 3, if it is open, is where the one who started us waits for `ready`,
 * `locked` (another daemon runs), or a problem as JSON; its end without any of them is a crash.
 */
import { closeSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import { platform } from '../native/platform.js';
import { type Log, LogFile } from './log.js';
import { createDirectories, resolvePaths } from './paths.js';
import { ExitCode, messageOf, Problem, printable } from './problem.js';

const NEWS = 3;
/** After a defect an orderly end may take this long, ms. */
const LAST_RESORT = 30_000;

async function main(foreground: boolean): Promise<void> {
  // For the sockets and files made on the way up; see below for what follows.
  process.umask(0o077);
  process.chdir('/');
  const paths = resolvePaths({ platform, environment: process.env, home: homedir(), uid: process.geteuid?.() ?? 0 });
  createDirectories(paths);
  const file = new LogFile(paths.daemonLog);
  const log: Log = (level, text) => {
    file.write(level, text);
    if (foreground) process.stderr.write(`${level} ${printable(text)}\n`);
  };
  const { Daemon } = await import('./daemon.js').catch(explainAddon);
  const daemon = await Daemon.start(paths, log);
  if (daemon === undefined) {
    if (foreground) process.exitCode = ExitCode.FAILURE;
    return tell('locked', foreground);
  }
  // The guest's kernel has applied the caller's umask; ours must not take away any more.
  process.umask(0);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void daemon.end(`${signal} received`));
  process.on('SIGHUP', () => {});
  const defect = (error: unknown) => {
    log('error', `a defect: ${error instanceof Error ? error.stack : error}`);
    setTimeout(() => process.exit(ExitCode.FAILURE), LAST_RESORT).unref();
    void daemon.end('a defect', ExitCode.FAILURE);
  };
  process.on('uncaughtException', defect).on('unhandledRejection', defect);
  tell('ready', foreground);
}

/** The first thing that goes wrong in a checkout. */
function explainAddon(error: unknown): never {
  if (!/osmofs\.node/.test(messageOf(error))) throw error;
  const what = `cannot be loaded: ${messageOf(error).split('\n', 1)[0]}`;
  throw new Problem('internal', 'native addon', what, 'Build it: npm run build:native', { cause: error });
}

function tell(news: 'ready' | 'locked' | Problem, foreground: boolean): void {
  if (foreground) {
    if (news instanceof Problem) process.stderr.write(`${news.line}\n`);
    else if (news === 'locked') process.stderr.write('osmofs: daemon: another one runs\n');
    return;
  }
  try {
    writeSync(NEWS, typeof news === 'string' ? news : JSON.stringify(news));
    closeSync(NEWS);
  } catch {
    // Nobody waits.
  }
}

const foreground = process.argv.includes('--foreground');
await main(foreground).catch((error) => {
  if (!(error instanceof Problem)) console.error(error);
  tell(error instanceof Problem ? error : new Problem('internal', 'daemon', messageOf(error)), foreground);
  process.exitCode = ExitCode.FAILURE;
});
