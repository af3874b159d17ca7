/**
 * Cases in which a mount may differ from a plain directory, each with the reason why no mount can do better. A case that is listed
 * here must differ: one that does not any more is taken out again.
 */
import type { Case } from './matrix.js';
import type { Warmth } from './protocol.js';

interface Exception {
  readonly change: string;
  /** a watcher's title, or any */
  readonly kind?: string;
  /** or any */
  readonly warmth?: Warmth;
  readonly reason: string;
}

const exceptions: readonly Exception[] = [
  {
    change: 'unlinked-writer',
    reason:
      'a CLOSE_WRITE after the name has gone: in the guest nobody has the file open for writing, and what has no name cannot be opened there',
  },
];

/** Why the case may differ on a mount, or undefined. */
export function exceptionOf({ change, kind, warmth }: Case): string | undefined {
  return exceptions.find(
    (one) =>
      one.change === change.slug &&
      (one.kind === undefined || one.kind === kind.title) &&
      (one.warmth === undefined || one.warmth === warmth),
  )?.reason;
}
