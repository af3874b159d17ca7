/** Starts the daemon, once, however many commands ask for it at the same time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Identity, Route } from '../api.js';
import { createDirectories } from '../paths.js';
import { Problem, systemCode } from '../problem.js';
import type { Context } from './context.js';

/** A daemon that starts or ends holds the lock for a moment without answering: asked again until then, ms. */
const PATIENCE = 20_000;
const PAUSE = 20;
/** What a connection says whose other end has gone. */
const ENDING: readonly string[] = ['ECONNRESET', 'EPIPE'];

export const DAEMON_ENTRY = fileURLToPath(new URL('../daemon-main.js', import.meta.url));

export async function ensureDaemon(context: Context): Promise<Identity & { readonly started: boolean }> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const running = await identity(context);
    if (running !== undefined) return { ...running, started: false };
    const outcome = await launch(context);
    if (outcome === 'ready')
      return { ...(await context.client.request<Identity>('GET', Route.IDENTITY)), started: true };
    if (Date.now() > end) {
      throw new Problem('timed-out', 'daemon', `one is running but does not answer`, `See ${context.paths.daemonLog}`);
    }
    await delay(PAUSE);
  }
}

/** Who answers on the control socket, or undefined if nobody does. */
export async function identity(context: Context): Promise<Identity | undefined> {
  try {
    return await context.client.request<Identity>('GET', Route.IDENTITY, undefined, { patience: PATIENCE });
  } catch (error) {
    if (error instanceof Problem && error.code === 'not-running') return undefined;
    // It was killed between taking the connection and answering.
    if (error instanceof Problem && ENDING.includes(systemCode(error.cause))) return undefined;
    throw error;
  }
}

/** 'locked': another daemon holds the runtime directory. @throws Problem with the daemon's own last words */
async function launch(context: Context): Promise<'ready' | 'locked'> {
  createDirectories(context.paths);
  const log = openSync(context.paths.daemonLog, 'a', 0o600);
  let child: ChildProcess;
  try {
    // Its own session, no terminal, no working directory to keep busy; descriptor 3 tells us how the start went.
    child = spawn(process.execPath, [...NODE_OPTIONS, DAEMON_ENTRY], {
      detached: true,
      cwd: '/',
      stdio: ['ignore', log, log, 'pipe'],
    });
  } finally {
    closeSync(log);
  }
  child.unref();
  const news = await lastWords(child);
  if (news === 'ready' || news === 'locked') return news;
  if (news !== '') throw Problem.from(JSON.parse(news));
  throw new Problem('internal', 'daemon', 'it ended while starting', `See ${context.paths.daemonLog}`);
}

/** The daemon's heap holds little, the trees are typed arrays: a small young generation keeps its resident size down. */
export const NODE_OPTIONS: readonly string[] = ['--max-semi-space-size=1', '--v8-pool-size=1'];

async function lastWords(child: ChildProcess): Promise<string> {
  const pipe = child.stdio[3] as Readable;
  pipe.setEncoding('utf8');
  let text = '';
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  const read = (async () => {
    for await (const chunk of pipe) text += chunk;
  })();
  await Promise.race([read, failed]);
  return text.trim();
}
