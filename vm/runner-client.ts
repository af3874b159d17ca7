/** The daemon's and the command line's end of a runner's control socket, and the start of a runner. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, statSync, truncateSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { VmEnd } from './end.js';
import { type FailureKind, VmFailure } from './failure.js';
import type { VmFiles } from './files.js';
import type { Ask, RunnerStatus } from './runner-control.js';

export const RUNNER_ENTRY = fileURLToPath(new URL('./runner.js', import.meta.url));
/** Little lives on its heap; it has to stay small beside the guest. */
const NODE_OPTIONS: readonly string[] = ['--max-semi-space-size=1', '--v8-pool-size=1'];
const LINE_LIMIT = 64 * 1024;
/** An answer of the runner, ms. */
const PATIENCE = 10_000;
/** From the start of the runner to its hypervisor's, ms. */
const START_PATIENCE = 60_000;
/** The runner says little; what is there at a start and larger goes. Bytes */
const LOG_LIMIT = 1 << 20;

/** Starts a runner that outlives us. Resolves when its hypervisor runs. @throws VmFailure with the runner's words */
export async function startRunner(files: VmFiles, entry: string = RUNNER_ENTRY): Promise<void> {
  if (existsSync(files.runnerLog) && statSync(files.runnerLog).size > LOG_LIMIT) truncateSync(files.runnerLog);
  const log = openSync(files.runnerLog, 'a', 0o600);
  const child = spawn(process.execPath, [...NODE_OPTIONS, entry, files.directory], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log, log, 'pipe'],
  });
  closeSync(log);
  child.unref();
  const timer = setTimeout(() => child.kill('SIGTERM'), START_PATIENCE);
  const pipe = child.stdio[3] as Readable;
  let news = '';
  try {
    child.once('error', (error) => pipe.destroy(error));
    for await (const chunk of pipe) news += chunk;
  } catch (error) {
    throw new VmFailure('failed', 'runner', `cannot be started: ${(error as Error).message}`, '', { cause: error });
  } finally {
    clearTimeout(timer);
  }
  if (news === 'started') return;
  if (news === '') throw new VmFailure('failed', 'runner', 'it ended while starting', `See ${files.runnerLog}`);
  const { kind, thing, what, hint } = JSON.parse(news) as VmFailure;
  throw new VmFailure(kind satisfies FailureKind, thing, what, hint);
}

/** @throws VmFailure 'failed': it cannot, or nobody answers */
export async function askRunner<T = object>(control: string, ask: Exclude<Ask, 'watch' | 'console'>): Promise<T> {
  const { socket, answer } = await question<T>(control, ask);
  socket.destroy();
  return answer;
}

/** A runner that is being watched. */
export interface Watched {
  readonly status: RunnerStatus;
  /** undefined if the runner could not say: it was killed */
  readonly ended: Promise<VmEnd | undefined>;
  /** Stops watching. */
  close(): void;
}

export async function watchRunner(control: string): Promise<Watched> {
  const { socket, answer } = await question<RunnerStatus>(control, 'watch');
  const ended = new Promise<VmEnd | undefined>((resolve) => {
    readLine(socket).then(
      (line) => resolve(JSON.parse(line) as VmEnd),
      () => resolve(undefined),
    );
  });
  return { status: answer, ended, close: () => socket.destroy() };
}

/** The console: what comes is what the guest prints from now on. The socket is paused. */
export async function openConsole(control: string): Promise<Socket> {
  return (await question(control, 'console')).socket;
}

/** Asks, and gives the answer and the socket, paused behind it. */
async function question<T>(control: string, ask: Ask): Promise<{ socket: Socket; answer: T }> {
  const socket = connect(control);
  socket.on('error', () => {});
  const timer = setTimeout(() => socket.destroy(failed(`no answer within ${PATIENCE / 1000} s`)), PATIENCE);
  try {
    socket.write(`${JSON.stringify({ ask })}\n`);
    const answer = JSON.parse(await readLine(socket)) as T & { error?: string };
    if (answer.error !== undefined) throw failed(answer.error);
    return { socket, answer };
  } catch (error) {
    socket.destroy();
    throw error instanceof VmFailure ? error : failed((error as Error).message, error);
  } finally {
    clearTimeout(timer);
  }
}

/** The next line; what comes after it stays in the socket. @throws Error if the socket closes before */
function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = Buffer.alloc(0);
    const done = () => socket.off('data', read).off('close', gone).off('error', gone).pause();
    const gone = (error?: unknown) => {
      done();
      reject(error instanceof Error ? error : new Error('it hung up'));
    };
    const read = (bytes: Buffer) => {
      text = Buffer.concat([text, bytes]);
      const at = text.indexOf('\n');
      if (at < 0 && text.length > LINE_LIMIT) return gone(new Error('it answers nonsense'));
      if (at < 0) return;
      done();
      if (at + 1 < text.length) socket.unshift(text.subarray(at + 1));
      resolve(text.subarray(0, at).toString());
    };
    socket.on('data', read).on('close', gone).on('error', gone).resume();
  });
}

function failed(what: string, cause?: unknown): VmFailure {
  return new VmFailure('failed', 'VM', what, 'See: osmofs vm status', { cause });
}
