/** Runs a program of these tests in a process with a limit of open descriptors. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { atExit } from '../../support/at-exit.js';

/**
 * `program`: a compiled module beside the test's. It prints one line of JSON, which is the result.
 *
 * @throws Error with what it wrote on stderr, if it failed
 */
export async function runLimited(descriptors: number, program: URL, ...args: string[]): Promise<unknown> {
  const command = `ulimit -n ${descriptors} && exec "$0" "$@"`;
  const child = spawn('bash', ['-c', command, process.execPath, fileURLToPath(program), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const forget = atExit(() => child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code, signal] = await once(child, 'close');
  forget();
  if (code !== 0) throw new Error(`ended with ${signal ?? code}: ${stderr}`);
  return JSON.parse(stdout);
}
