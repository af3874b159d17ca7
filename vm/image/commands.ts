/** Programs of this machine that the builder uses, run without a shell. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ImageError } from './error.js';

const start = promisify(execFile);

/** What a command may say, bytes. */
const OUTPUT = 64 << 20;

export interface RunOptions {
  readonly cwd?: string;
  /** what to do if there is no such command, a sentence */
  readonly hint: string;
}

/** @returns its standard output. @throws ImageError if there is no such command or it fails, with its last line */
export async function run(command: string, args: readonly string[], { cwd, hint }: RunOptions): Promise<string> {
  try {
    const env = { ...process.env, LC_ALL: 'C' };
    return (await start(command, [...args], { env, maxBuffer: OUTPUT, ...(cwd !== undefined && { cwd }) })).stdout;
  } catch (error) {
    const { code, stderr, message } = error as Error & { code?: string | number; stderr?: string };
    if (code === 'ENOENT') throw new ImageError(`there is no ${command} on this machine`, hint);
    const said = stderr?.trim().split('\n').at(-1) || message;
    throw new ImageError(`${command} ${args[0] ?? ''} fails: ${said}`, hint, {
      cause: error,
    });
  }
}

/** The first line of what `command --version` says, or undefined if there is no such command. */
export async function versionOf(command: string): Promise<string | undefined> {
  try {
    return (await start(command, ['--version'])).stdout.split('\n', 1)[0];
  } catch {
    return undefined;
  }
}
