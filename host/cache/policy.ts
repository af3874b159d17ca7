/**
 * What a superblock may let the guest keep, by consistency mode (product rule: a stricter mode is always correct).
 *
 * `consistent` and `default` keep nothing: every validity is zero, so the guest kernel asks at every call, and the page
 * cache of a file is dropped at open and whenever size or mtime moved (FUSE_AUTO_INVAL_DATA).
 *
 * `cached` keeps names, attributes, listings and content until the watch on the host's directories says otherwise
 * (live/). Where there is no such watch nothing is kept, directory by directory; where the agent cannot be told of changes, or the
 * system does not say exactly who changes what, the whole mount is granted as `consistent`. {@link CachePolicy.granted} is what `osmofs ls` shows.
 *
 * `delegated` is `cached`, and the agent gathers small writes before it sends them (guest/WRITE-BEHIND.md). It is granted as `cached`
 * where the agent cannot, and where nothing may be written.
 */
import { FOPEN_CACHE_DIR, FOPEN_KEEP_CACHE } from '../../protocol/fuse/flags.js';

export type Consistency = 'consistent' | 'default' | 'cached' | 'delegated';

export const CONSISTENCY_MODES: readonly Consistency[] = ['consistent', 'default', 'cached', 'delegated'];

export interface CachePolicy {
  readonly requested: Consistency;
  readonly granted: Consistency;
  /** seconds an entry (name → node) may be used unasked, where the directory is watched */
  readonly entryValid: number;
  /** seconds attributes may be used unasked, where the directory is watched */
  readonly attrValid: number;
  /** seconds a missing name may be remembered, where the directory is watched; 0 = it is answered ENOENT and not kept */
  readonly negativeValid: number;
  /** FOPEN_* for regular files and for directories, where they are watched */
  readonly openFlags: number;
  readonly openDirectoryFlags: number;
  /** whether READDIRPLUS pays: with zero validities its attributes are stale on arrival, so plain READDIR is cheaper */
  readonly readdirPlus: boolean;
  /** symlinks are kept until we say otherwise */
  readonly symlinks: boolean;
  /**
   * the guest's kernel opens, flushes and closes files and directories by itself where it can, so that what it keeps is used without a
   * request; locks are its own then
   */
  readonly noOpen: boolean;
  /** the agent may acknowledge small writes before the host has them, and drains them: guest/write-behind.ts */
  readonly writeBehind: boolean;
}

/** Until the watch ends it: a day stands for ever. */
const KEPT = 86_400;

const NOTHING = {
  entryValid: 0,
  attrValid: 0,
  negativeValid: 0,
  openFlags: 0,
  openDirectoryFlags: 0,
  readdirPlus: false,
  symlinks: false,
  noOpen: false,
  writeBehind: false,
} as const;

/**
 * @param told the guest can be told of all changes by the host, and they can be told from its own
 * @param behind its agent can write behind, and there is something that may be written
 */
export function grant(requested: Consistency, told: boolean, behind: boolean): CachePolicy {
  if (requested === 'default') return { requested, granted: requested, ...NOTHING };
  if (requested === 'consistent' || !told) return { requested, granted: 'consistent', ...NOTHING };
  const writeBehind = requested === 'delegated' && behind;
  return {
    requested,
    granted: writeBehind ? 'delegated' : 'cached',
    entryValid: KEPT,
    attrValid: KEPT,
    negativeValid: KEPT,
    openFlags: FOPEN_KEEP_CACHE,
    openDirectoryFlags: FOPEN_KEEP_CACHE | FOPEN_CACHE_DIR,
    readdirPlus: true,
    symlinks: true,
    // Each close(2) tells what the host could not write: FLUSH has to come, and to say which handle it is of.
    noOpen: !writeBehind,
    writeBehind,
  };
}
