/**
 * What a superblock may let the guest keep, by consistency mode (product rule: a stricter mode is always correct).
 *
 * `consistent` and `default` keep nothing: every validity is zero, so the guest kernel asks at every call, and the page
 * cache of a file is dropped at open and whenever size or mtime moved (FUSE_AUTO_INVAL_DATA).
 *
 * `cached` and `delegated` need a watch on the host directory that ends the truth of what the guest keeps. As long as a
 * share has no such watch, they are granted as `consistent`; {@link granted} is what `osmofs ls` shows.
 */

export type Consistency = 'consistent' | 'default' | 'cached' | 'delegated';

export const CONSISTENCY_MODES: readonly Consistency[] = ['consistent', 'default', 'cached', 'delegated'];

export interface CachePolicy {
  readonly requested: Consistency;
  readonly granted: Consistency;
  /** seconds an entry (name → node) may be used unasked */
  readonly entryValid: number;
  /** seconds attributes may be used unasked */
  readonly attrValid: number;
  /** seconds a missing name may be remembered; 0 = a miss is answered ENOENT and not kept */
  readonly negativeValid: number;
  /** FOPEN_* for regular files and for directories */
  readonly openFlags: number;
  readonly openDirectoryFlags: number;
  /** whether READDIRPLUS pays: with zero validities its attributes are stale on arrival, so plain READDIR is cheaper */
  readonly readdirPlus: boolean;
}

/** Grants a mode to a share whose host changes are not watched. */
export function grant(requested: Consistency): CachePolicy {
  return {
    requested,
    granted: requested === 'default' ? 'default' : 'consistent',
    entryValid: 0,
    attrValid: 0,
    negativeValid: 0,
    openFlags: 0,
    openDirectoryFlags: 0,
    readdirPlus: false,
  };
}
