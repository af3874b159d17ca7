import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface RunOptions {
  readonly cwd?: string;
  readonly input?: string | Buffer;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  /** exit statuses that are no failure; 0 alone unless given */
  readonly accept?: readonly number[];
}

/** Kept of each stream for a failure's message. */
const SHOWN = 4000;

/**
 * Runs a program to its end. Result: what it wrote to stdout, as bytes.
 *
 * @throws Error with the command, its status and the end of what it wrote
 */
export async function runBytes(command: string, args: readonly string[], options: RunOptions = {}): Promise<Buffer> {
  const { accept = [0], input, ...rest } = options;
  const child = spawn(command, args, { ...rest, stdio: ['pipe', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => output.push(part));
  child.stderr.on('data', (part: Buffer) => errors.push(part));
  // A program that ends without reading its input is judged by its status.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (status !== null && accept.includes(status)) return Buffer.concat(output);
  const words = [...output, ...errors].map(String).join('').slice(-SHOWN);
  throw new Error(`${command} ${args.join(' ')} ended with ${signal ?? `status ${status}`}:\n${words}`);
}

/** As {@link runBytes}; text without the newline at its end. */
export async function run(command: string, args: readonly string[], options?: RunOptions): Promise<string> {
  return (await runBytes(command, args, options)).toString().replace(/\n$/, '');
}

/** The lines that a program printed; none if it printed nothing. */
export async function lines(command: string, args: readonly string[], options?: RunOptions): Promise<string[]> {
  const text = await run(command, args, options);
  return text === '' ? [] : text.split('\n');
}
