/** A failed call of the seam as an exception, for the code off the hot path: set-up, command line, control plane. */
import { errnoName, errnoText } from '../protocol/errno.js';

export class SystemError extends Error {
  override readonly name = 'SystemError';
  /** Linux's number, positive. */
  readonly errno: number;
  /** ENOENT, EACCES … */
  readonly code: string;
  /** The call of the seam that failed. */
  readonly syscall: string;
  /** What it was about, if that has a path. */
  declare readonly path?: string;

  constructor(errno: number, syscall: string, path?: string) {
    const number = Math.abs(errno);
    const subject = path === undefined ? '' : ` '${path}'`;
    super(`${errnoName(number)}: ${errnoText(number)}, ${syscall}${subject}`);
    this.errno = number;
    this.code = errnoName(number);
    this.syscall = syscall;
    if (path !== undefined) this.path = path;
  }
}

/** The result of a call of the seam, if it is none of -errno; else throws. */
export function check(result: number, syscall: string, path?: string): number {
  if (result < 0) throw new SystemError(-result, syscall, path);
  return result;
}

/** True for a {@link SystemError} of one of these codes (without arguments: of any). */
export function isSystemError(error: unknown, ...codes: string[]): error is SystemError {
  return error instanceof SystemError && (codes.length === 0 || codes.includes(error.code));
}
