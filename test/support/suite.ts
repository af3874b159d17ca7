/** Runs behaviours in a process of their own, so that one that hangs or kills its process is a failure of that one only. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PATIENCE } from './patience.js';
import type { PlaceOptions } from './place.js';

export interface Outcome {
  slug: string;
  status: 'passed' | 'failed' | 'skipped';
  /** why it failed or was skipped */
  reason?: string;
  milliseconds: number;
}

const server = fileURLToPath(new URL('../posix/serve.js', import.meta.url));

/** What a case may take; its own waits are bounded by PATIENCE, so this ends system calls that never return. */
export const CASE_LIMIT = 3 * PATIENCE;

export class Suite {
  private child: ChildProcess | undefined;

  constructor(private readonly options: PlaceOptions) {}

  /** Runs one case; never rejects for what the case does. */
  async run(slug: string): Promise<Outcome> {
    const start = performance.now();
    const failed = (reason: string): Outcome => {
      return { slug, status: 'failed', reason, milliseconds: Math.round(performance.now() - start) };
    };
    this.child ??= await this.start();
    const child = this.child;
    return new Promise((resolve) => {
      const timer = setTimeout(async () => {
        const where = whereIs(child.pid!);
        await this.kill();
        finish(failed(`no end within ${CASE_LIMIT} ms; ${where}`));
      }, CASE_LIMIT);
      const onMessage = (outcome: Outcome) => finish(outcome);
      const onExit = (code: number | null, signal: string | null) => {
        if (this.child === child) this.child = undefined;
        finish(failed(`the process of the case ended: ${signal ?? `exit status ${code}`}`));
      };
      const finish = (outcome: Outcome) => {
        clearTimeout(timer);
        child.off('message', onMessage).off('exit', onExit);
        resolve(outcome);
      };
      child.on('message', onMessage).on('exit', onExit);
      child.send({ slug });
    });
  }

  /** Ends the process and its peers. */
  async end(): Promise<void> {
    if (!this.child) return;
    const child = this.child;
    const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
    const exit = once(child, 'exit');
    child.disconnect();
    await exit;
    clearTimeout(timer);
    this.child = undefined;
  }

  private async start(): Promise<ChildProcess> {
    const child = fork(server, [JSON.stringify(this.options)], { serialization: 'json' });
    const ended = once(child, 'exit').then(() => {
      throw new Error(
        'the process for the cases did not start; it says why above. Addon missing: npm run build:test-addon',
      );
    });
    ended.catch(() => undefined);
    await Promise.race([once(child, 'message'), ended]);
    return child;
  }

  private async kill(): Promise<void> {
    const child = this.child!;
    this.child = undefined;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    // A thread in an uninterruptible wait may never go; say so instead of waiting with it.
    await Promise.race([exit, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  }
}

/** Where the threads of a process are in the kernel, for people. */
function whereIs(pid: number): string {
  const read = (file: string) => {
    try {
      return readFileSync(file, 'utf8').trim();
    } catch {
      return '?';
    }
  };
  let tasks: string[] = [];
  try {
    tasks = readdirSync(`/proc/${pid}/task`);
  } catch {
    return 'the process is gone';
  }
  const main = tasks.filter((task) => task === String(pid));
  return main
    .map(
      (t) =>
        `main thread: wchan ${read(`/proc/${pid}/task/${t}/wchan`)}, syscall ${read(`/proc/${pid}/task/${t}/syscall`)}`,
    )
    .join('; ');
}
