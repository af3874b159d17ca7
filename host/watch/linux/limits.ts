/** The limits of inotify(7), per user and for all processes together, and what to say when one is reached. */
import { readFileSync } from 'node:fs';
import { errnoName, errnoText } from '../../../protocol/errno.js';
import type { NotWatched } from '../feed.js';

const NAMES = ['max_user_watches', 'max_user_instances', 'max_queued_events'] as const;

export type LimitName = (typeof NAMES)[number];

/** Undefined where it cannot be read. */
export function inotifyLimit(name: LimitName, directory = '/proc/sys/fs/inotify'): number | undefined {
  try {
    return Number.parseInt(readFileSync(`${directory}/${name}`, 'latin1'), 10);
  } catch {
    return undefined;
  }
}

const REASONS: Partial<Record<string, (limit: typeof inotifyLimit) => string>> = {
  ENOSPC: (limit) =>
    `all inotify watches of this user are in use (fs.inotify.max_user_watches is ${limit('max_user_watches') ?? 'unknown'}; sysctl raises it)`,
  EMFILE: (limit) =>
    `all inotify instances of this user are in use (fs.inotify.max_user_instances is ${limit('max_user_instances') ?? 'unknown'}; sysctl raises it), or all descriptors of the process`,
  EACCES: () => 'it may not be read',
  ENOTDIR: () => 'it is no directory',
  EISDIR: () => 'it is a directory',
  ENOSYS: () => 'this system has no inotify',
};

/** @param errno positive */
export function notWatched(errno: number, limit = inotifyLimit): NotWatched {
  const code = errnoName(errno);
  return { watched: false, code, reason: REASONS[code]?.(limit) ?? `inotify: ${errnoText(errno)}` };
}
