/**
 * Entry of the daemon's process. Descriptor 3, if it is open, is where the one who started us waits for `ready`,
 * `locked` (another daemon runs), or a sentence that says why we cannot; its end without any of them is a crash.
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
  const { Daemon } = await import('./daemon.js');
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

function tell(news: string, foreground: boolean): void {
  if (foreground) {
    if (news !== 'ready') process.stderr.write(`osmofs: daemon: ${news === 'locked' ? 'another one runs' : news}\n`);
    return;
  }
  try {
    writeSync(NEWS, news);
    closeSync(NEWS);
  } catch {
    // Nobody waits.
  }
}

const foreground = process.argv.includes('--foreground');
await main(foreground).catch((error) => {
  tell(error instanceof Problem ? printable(`${error.message}. ${error.hint}`) : messageOf(error), foreground);
  if (!(error instanceof Problem)) console.error(error);
  process.exitCode = ExitCode.FAILURE;
});
