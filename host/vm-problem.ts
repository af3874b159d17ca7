/** What vm/ refuses, as the Problem that the command line shows. */
import { VmFailure } from '../vm/failure.js';
import { ImageError } from '../vm/image/error.js';
import { Problem, type ProblemCode, systemCode } from './problem.js';

const CODES = {
  'bad-config': 'bad-config',
  missing: 'guest-failed',
  conflict: 'conflict',
  failed: 'guest-failed',
  'timed-out': 'timed-out',
} as const satisfies Record<VmFailure['kind'], ProblemCode>;

/** What a file system refuses through no fault of ours, and the way out. */
const DISK: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  ENOSPC: ['there is no room left for it', 'Make room on that disk'],
  EDQUOT: ['your quota has no room left for it', 'Make room on that disk'],
  EROFS: ['its file system is read-only', 'See host/FILES.md for what is kept where'],
  ENOTDIR: ['a part of its path is not a directory', 'Move that file away'],
};

/** Anything else stays what it is. */
export function asProblem(error: unknown): unknown {
  if (error instanceof VmFailure) {
    return new Problem(CODES[error.kind], error.thing, error.what, error.hint, { cause: error });
  }
  if (error instanceof ImageError) {
    return new Problem('guest-failed', 'guest image', sentence(error.message), sentence(error.hint ?? ''), {
      cause: error,
    });
  }
  const disk = DISK[systemCode(error)];
  if (disk === undefined) return error;
  const { path = 'state directory' } = error as NodeJS.ErrnoException;
  return new Problem('guest-failed', path, ...disk, { cause: error });
}

/** Runs it, with its refusals as Problems. */
export async function withProblems<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asProblem(error);
  }
}

/** A Problem's parts end without a full stop. */
function sentence(text: string): string {
  return text.replace(/\.$/, '');
}
