/** One fuzzing process: a daemon's workers and the guests that attack them, alone so that its death is seen. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { atExit } from '../../support/at-exit.js';
import type { Tally } from './session.js';

const PROGRAM = fileURLToPath(new URL('../fuzz-main.js', import.meta.url));
/** KiB: what RLIMIT_FSIZE lets any file grow to. */
const LARGEST_FILE = 32 * 1024;
/** Beyond the seconds it was given, for its start and its last look round. */
const GRACE_SECONDS = 60;

export interface ShardResult extends Tally {
  /** bytes */
  readonly growth: number;
  readonly seconds: number;
}

/** @throws Error with its stderr if it died, found something wrong, or did not end in time */
export async function runShard(seed: number, mutations: number, seconds: number): Promise<ShardResult> {
  // A process that writes beyond the limit would be killed by SIGXFSZ; ignored, it gets EFBIG.
  const command = `trap '' XFSZ; ulimit -f ${LARGEST_FILE}; exec "$0" --expose-gc "$@"`;
  const args = [process.execPath, PROGRAM, `${seed}`, `${mutations}`, `${seconds}`];
  const child = spawn('bash', ['-c', command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const forget = atExit(() => child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  let late = false;
  const timer = setTimeout(
    () => {
      late = true;
      child.kill('SIGKILL');
    },
    (seconds + GRACE_SECONDS) * 1000,
  );
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  forget();
  if (code === 0) return JSON.parse(output.stdout) as ShardResult;
  const how = late ? 'hung' : `ended with ${signal ?? code}`;
  throw new Error(`the fuzzing process with seed ${seed} ${how}:\n${output.stderr.slice(-20_000)}`);
}
