/** Other processes and threads of the tests: programs of `workers/`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { PATIENCE } from '../../support/patience.js';

const program = (name: string) => new URL(`../workers/${name}`, import.meta.url);

/** Starts the program and resolves when it has written its first line; `end` closes its input and waits for it. */
export async function inAnotherProcess(name: string, ...args: string[]) {
  const child = spawn(process.execPath, [fileURLToPath(program(name)), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const first = await Promise.race([once(child.stdout, 'data'), exited]);
  if (child.exitCode !== null) throw new Error(`${name} ended early: ${child.exitCode}`);
  return {
    first: String(first[0]).trim(),
    async end(): Promise<void> {
      child.stdin.end();
      const [code, signal] = await exited;
      if (code !== 0) throw new Error(`${name} ended with ${code ?? signal}`);
    },
  };
}

/** Runs the program to its end; its exit code, or the signal that killed it. Killed itself when patience is over. */
export async function run(name: string, ...args: string[]): Promise<number | string> {
  const child = spawn(process.execPath, ['--expose-gc', fileURLToPath(program(name)), ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: PATIENCE * 2,
    killSignal: 'SIGKILL',
  });
  const [code, signal] = await once(child, 'exit');
  return code ?? signal;
}

/** A thread running the program; its first message is awaited. */
export async function inAnotherThread<T>(name: string, workerData: unknown): Promise<{ worker: Worker; first: T }> {
  const worker = new Worker(program(name), { workerData });
  const [first] = await once(worker, 'message');
  return { worker, first: first as T };
}
