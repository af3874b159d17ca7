/** Running a program file. */
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { SysError } from './error.js';

/**
 * execve(2) of the file in a child, with an empty standard input; its exit status. Throws what execve answers.
 */
export function execute(file: string, args: string[] = []): number {
  const result = spawnSync(file, args, { stdio: ['pipe', 'ignore', 'inherit'], input: '' });
  if (!result.error) return result.status ?? -1;
  const { code } = result.error as NodeJS.ErrnoException;
  throw new SysError('execve', constants.errno[code as 'ENOENT'] ?? -1, file);
}

/** A program that runs until it is released; execve(2) has happened when this returns. */
export function startProgram(file: string): { end(): Promise<number | null> } {
  const child = spawn(file, [], { stdio: ['pipe', 'ignore', 'inherit'] });
  if (child.pid === undefined) throw new SysError('execve', -1, file);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return {
    end() {
      child.stdin!.end();
      return ended;
    },
  };
}
