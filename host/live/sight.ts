/** What the guest may have cached of directories that leave our sight, and how it is taken back. */
import type { Snapshots } from '../snapshot/snapshots.js';
import { isDirectory, S } from '../snapshot/stat.js';
import type { InvalidateEntry, InvalidateInode } from './announcement.js';
import type { Directories } from './directories.js';
import type { Observer } from './observer.js';

/** Of a directory node and all below it, as far as it is known: every name is to be asked for again, also a missing one, every inode anew. */
export function takeBack(
  slot: number,
  directories: Directories,
  snapshots: Snapshots,
  observer: Observer,
): (InvalidateEntry | InvalidateInode)[] {
  const out: (InvalidateEntry | InvalidateInode)[] = [];
  const waiting = [slot];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const snapshot = directories.get(at);
    if (snapshot === undefined) continue;
    for (const name of directories.absent.take(at)) out.push({ what: 'entry', parent: at, name, expire: true });
    for (const entry of snapshot.slots()) {
      const row = directories.rowOf(entry);
      out.push({ what: 'entry', parent: at, name: snapshots.entries.name(entry), expire: true });
      const node = observer.nodeOf(row);
      if (node < 0) continue;
      if (isDirectory(row[S.mode])) waiting.push(node);
      else out.push({ what: 'inode', node });
    }
    out.push({ what: 'inode', node: at });
  }
  return out;
}
