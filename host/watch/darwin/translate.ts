/** From one event of FSEvents to what it means for directories that go by their paths. Pure. */
import type { Loss } from '../feed.js';
import { Hint } from '../feed.js';
import { Flag } from './flags.js';

export type Meaning =
  | { readonly kind: 'everything'; readonly loss: Loss }
  /** the directory and all below it may have changed */
  | { readonly kind: 'subtree'; readonly path: string }
  /**
   * a name may have changed; `gone`: the path may lead somewhere else now, and so may all below it
   */
  | { readonly kind: 'name'; readonly path: string; readonly hints: number; readonly gone: boolean }
  | { readonly kind: 'nothing' };

const HINTS: readonly (readonly [flag: number, hint: number])[] = [
  [Flag.ITEM_CREATED, Hint.CREATED],
  [Flag.ITEM_CLONED, Hint.CREATED],
  [Flag.ITEM_REMOVED, Hint.REMOVED],
  [Flag.ITEM_RENAMED, Hint.MOVED],
  [Flag.ITEM_MODIFIED, Hint.MODIFIED],
  [Flag.ITEM_INODE_META_MOD, Hint.ATTRIBUTES],
  [Flag.ITEM_FINDER_INFO_MOD, Hint.ATTRIBUTES],
  [Flag.ITEM_CHANGE_OWNER, Hint.ATTRIBUTES],
  [Flag.ITEM_XATTR_MOD, Hint.ATTRIBUTES],
  [Flag.ITEM_IS_DIR, Hint.DIRECTORY],
];

/** @param flags several may be set: events of one path that came together are one */
export function meaningOf(path: string, flags: number): Meaning {
  const has = (bits: number) => (flags & bits) !== 0;
  if (has(Flag.ROOT_CHANGED)) return { kind: 'everything', loss: 'root-replaced' };
  // Set beside MustScanSubDirs, to say who it was. The path may then be any directory above what was lost.
  if (has(Flag.USER_DROPPED | Flag.KERNEL_DROPPED)) return { kind: 'everything', loss: 'overflow' };
  if (has(Flag.EVENT_IDS_WRAPPED)) return { kind: 'everything', loss: 'wrapped' };
  if (has(Flag.MUST_SCAN_SUB_DIRS | Flag.MOUNT | Flag.UNMOUNT)) return { kind: 'subtree', path: trimmed(path) };
  if (has(Flag.HISTORY_DONE)) return { kind: 'nothing' };
  const hints = HINTS.reduce((all, [flag, hint]) => (has(flag) ? all | hint : all), 0);
  const gone = has(Flag.ITEM_REMOVED | Flag.ITEM_RENAMED) && !has(Flag.ITEM_IS_FILE | Flag.ITEM_IS_SYMLINK);
  return { kind: 'name', path: trimmed(path), hints, gone };
}

/** Directories may come with a slash at their end. */
function trimmed(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
