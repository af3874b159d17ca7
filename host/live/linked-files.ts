/**
 * Files with several names. Somebody may change one through a name in a directory that nobody watches, or through a descriptor whose name has
 * gone: no directory tells of it. So a file with more than one link is watched itself, from then on until the guest forgets it;
 * until it is, and where it cannot be, nothing of it is kept.
 */
import { IN } from '../../native/os-watch.js';
import type { Context } from '../context.js';
import type { Feed } from '../watch/feed.js';
import type { InvalidateInode } from './announcement.js';
import type { Batch } from './batch.js';
import { cellOf, type Others } from './clients.js';
import type { Directories } from './directories.js';
import type { Observer } from './observer.js';
import { type Own, Touch } from './own.js';
import type { Writes } from './writes.js';

export interface LinkedFilesParts {
  readonly c: Context;
  readonly feed: Feed;
  readonly directories: Directories;
  readonly observer: Observer;
  readonly own: Own;
  readonly writes: Writes;
  readonly others: Others;
  readonly announce: (announcement: InvalidateInode) => void;
}

export class LinkedFiles {
  private readonly watched = new Set<number>();
  private waiting: number[] = [];

  constructor(private readonly parts: LinkedFilesParts) {}

  /** Whether changes of the file are told, whatever name they are made by. If not, it is watched before the reply goes out. */
  isWatched(slot: number): boolean {
    if (this.watched.has(slot)) return true;
    if (this.parts.feed.watchFile !== undefined) this.waiting.push(slot);
    return false;
  }

  has(slot: number): boolean {
    return this.watched.size > 0 && this.watched.has(slot);
  }

  /** Before the reply goes out. */
  settle(): void {
    if (this.waiting.length === 0) return;
    for (const slot of this.waiting.splice(0)) this.watch(slot);
  }

  forget(slot: number): void {
    if (this.watched.delete(slot)) this.parts.feed.unwatchFile?.(slot);
  }

  /** The watch has ended by itself. */
  ended(slot: number): void {
    this.watched.delete(slot);
  }

  private watch(slot: number): void {
    const { c, feed, own, announce } = this.parts;
    if (this.watched.has(slot)) return;
    const fd = c.take(slot);
    if (fd < 0) return;
    const outcome = feed.watchFile!(fd, slot);
    c.letGo(fd);
    if (!outcome.watched) return;
    this.watched.add(slot);
    // What the guest had of it before was not watched over, unless it has just made the second name itself.
    const known = c.nodes.lookups[slot] > 1 && (own.touches(slot) & Touch.ATTRIBUTES) === 0;
    if (known) announce({ what: 'inode', node: slot });
  }

  /** Of the events (bits of IN) of watched files those that no name of the batch accounts for and the guest has not caused. */
  untold(objects: ReadonlyMap<number, number>, batch: Batch): InvalidateInode[] {
    if (objects.size === 0) return [];
    const told = this.toldByName(batch);
    const out: InvalidateInode[] = [];
    for (const [slot, mask] of objects) {
      if (!this.watched.has(slot) || (mask & CHANGED) === 0 || told.has(slot) || this.isOwn(slot)) continue;
      out.push({ what: 'inode', node: slot });
    }
    return out;
  }

  private toldByName({ events }: Batch): Set<number> {
    const { directories, observer } = this.parts;
    const told = new Set<number>();
    for (const { slot, name, mask } of events) {
      if ((mask & CHANGED) === 0) continue;
      const row = directories.known(slot, name);
      if (row !== undefined) told.add(observer.nodeOf(row));
    }
    return told;
  }

  private isOwn(slot: number): boolean {
    const { c, own, writes, others } = this.parts;
    if (!others.none && others.touched(cellOf(c.nodes.inoLo[slot], c.nodes.inoHi[slot]))) return false;
    return own.isLoose(slot) || (own.touches(slot) | writes.touches(slot)) !== 0;
  }
}

const CHANGED = IN.MODIFY | IN.ATTRIB;
