/**
 * What a superblock may let the guest keep, by consistency mode (product rule: a stricter mode is always correct).
 *
 * `consistent` and `default` keep nothing: every validity is zero, so the guest kernel asks at every call, and the page
 * cache of a file is dropped at open and whenever size or mtime moved (FUSE_AUTO_INVAL_DATA).
 *
 * `cached` keeps names, attributes, listings and content until the watch on the host's directories says otherwise
 * (live/). Where there is no such watch nothing is kept, directory by directory. `delegated` is `cached`, and the agent
 * gathers small writes before it sends them (guest/WRITE-BEHIND.md). Where the agent cannot be told of changes, and as long as both
 * are on trial, the whole mount is granted as `consistent`. {@link CachePolicy.granted} is what `osmofs ls` shows.
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
  /** content is dropped when we say so, and not when the times have moved */
  readonly explicitData: boolean;
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
  explicitData: false,
  writeBehind: false,
} as const;

/**
 * `cached` is on trial: its coherence check still finds changes of which a guest is told too little when both sides work on the
 * same files at once. Until it does not, it is granted as `consistent` unless the environment asks for it.
 */
const onTrial = () => process.env.OSMOFS_TRY_CACHED === '1';

/** `told`: the guest can be told of changes by the host. */
export function grant(requested: Consistency, told: boolean, trial = onTrial()): CachePolicy {
  if (requested === 'default') return { requested, granted: requested, ...NOTHING };
  if (requested === 'consistent' || !told || !trial) return { requested, granted: 'consistent', ...NOTHING };
  return {
    requested,
    granted: requested,
    entryValid: KEPT,
    attrValid: KEPT,
    negativeValid: KEPT,
    openFlags: FOPEN_KEEP_CACHE,
    openDirectoryFlags: FOPEN_KEEP_CACHE | FOPEN_CACHE_DIR,
    readdirPlus: true,
    explicitData: true,
    writeBehind: requested === 'delegated',
  };
}

/** For an agent that cannot write behind, and for who may not write: `cached` is as `delegated` is to be, but for that. */
export function withoutWriteBehind(policy: CachePolicy): CachePolicy {
  return policy.writeBehind ? { ...policy, granted: 'cached', writeBehind: false } : policy;
}
