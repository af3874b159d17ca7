/** How a share root is watched. Pure. */

import type { WatcherKind } from './feed.js';
import { FUSE, FUSE_ON_BLOCK_DEVICE, WITHOUT_EVENTS } from './file-systems.js';

export interface FileSystemFacts {
  readonly system: 'linux' | 'darwin';
  /** Linux: f_type of statfs(2) */
  readonly magic: number;
  /** macOS: MNT_LOCAL */
  readonly local: boolean;
  /** macOS: f_fstypename */
  readonly name: string;
  /** Linux: what the mount table calls it ("fuse.sshfs"); more than one if it cannot tell, none if unknown */
  readonly types: readonly string[];
}

export interface Choice {
  readonly kind: WatcherKind;
  /** a clause without its full stop, for people */
  readonly reason: string;
}

export function chooseWatcher(facts: FileSystemFacts): Choice {
  return facts.system === 'darwin' ? onDarwin(facts) : onLinux(facts);
}

function onDarwin({ local, name }: FileSystemFacts): Choice {
  // The service reports what this machine changes on any volume: of a server's, not what others change there.
  if (local) return { kind: 'fsevents', reason: `${name} is a file system of this machine` };
  return polling(name);
}

function onLinux({ magic, types }: FileSystemFacts): Choice {
  const known = WITHOUT_EVENTS.get(magic);
  if (known !== undefined) return polling(known);
  if (magic !== FUSE) return { kind: 'inotify', reason: `${types[0] ?? 'it'} is a file system of this machine` };
  if (types.length > 0 && types.every((type) => type === FUSE_ON_BLOCK_DEVICE))
    return { kind: 'inotify', reason: 'it is on a disk of this machine' };
  return polling(types[0] ?? 'FUSE');
}

function polling(name: string): Choice {
  return { kind: 'polling', reason: `${name} has no events for changes that others make, so it is polled` };
}
