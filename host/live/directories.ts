/**
 * The live directories: those the guest knows. Each has a watch and a snapshot of the names that the guest has learned, from the moment
 * on at which the guest gets its nodeid (its watch is there before the reply is), until it forgets it.
 *
 * A directory that cannot be watched (a limit of the system, no permission to read it) is not live: nothing of it may be cached.
 */
import type { DirectorySnapshot } from '../snapshot/directory.js';
import type { Snapshots } from '../snapshot/snapshots.js';
import type { Feed, NotWatched } from '../watch/feed.js';
import { Absent } from './absent.js';
import type { Observer } from './observer.js';

export class Directories {
  /** missing names that the guest may remember */
  readonly absent = new Absent();
  private readonly bySlot: (DirectorySnapshot | undefined)[] = [];
  private readonly slots = new Map<number, number>();
  private waiting: number[] = [];
  /** of which it is told who changes what there */
  private readonly attributed = new Set<number>();
  /** the last reason why a directory could not be watched, and how many are not */
  refused: NotWatched | undefined;
  refusals = 0;

  constructor(
    private readonly feed: Feed,
    private readonly snapshots: Snapshots,
    private readonly observer: Observer,
    /** the first directory cannot be watched, for this reason */
    private readonly told: (reason: string) => void,
  ) {}

  get size(): number {
    return this.slots.size;
  }

  /** Whether the directory node is live. */
  has(slot: number): boolean {
    return this.get(slot) !== undefined;
  }

  /** The snapshot of a directory node, if it is live. */
  get(slot: number): DirectorySnapshot | undefined {
    const snapshot = this.bySlot[slot];
    if (snapshot === undefined || this.snapshots.get(snapshot.id) === snapshot) return snapshot;
    // It has lost its last name: it is not in the share any more, though the guest may hold on to it.
    this.forget(slot);
    return undefined;
  }

  /** Whether it is told who changes what in the directory. */
  isAttributed(slot: number): boolean {
    return this.attributed.has(slot);
  }

  /** The row of what a name (latin1) of a directory node leads to, as far as it was told; undefined if it leads nowhere. */
  known(slot: number, name: string): Uint32Array | undefined {
    const entry = this.get(slot)?.find(Buffer.from(name, 'latin1'), 0, name.length) ?? -1;
    return entry < 0 ? undefined : this.rowOf(entry);
  }

  /** A name by which the object of a row is known, besides one of a directory node. */
  otherName(row: Uint32Array, parent: number, name: Buffer): { slot: number; name: Buffer } | undefined {
    const { entries, inodes } = this.snapshots;
    const inode = inodes.find(row, 0);
    for (let entry = inode < 0 ? -1 : inodes.first[inode]; entry >= 0; entry = entries.sibling(entry)) {
      const slot = this.slotOf(entries.directory[entry]);
      const other = Buffer.from(entries.name(entry), 'latin1');
      if (slot >= 0 && !(slot === parent && other.equals(name))) return { slot, name: other };
    }
    return undefined;
  }

  /** The row of what an entry leads to. */
  rowOf(entry: number): Uint32Array {
    const { entries, inodes } = this.snapshots;
    return inodes.row(entries.inode[entry]);
  }

  /** The node of a snapshot, by its id; -1. */
  slotOf(id: number): number {
    return this.slots.get(id) ?? -1;
  }

  *all(): Generator<[slot: number, snapshot: DirectorySnapshot]> {
    for (const slot of [...this.slots.values()]) {
      const snapshot = this.get(slot);
      if (snapshot !== undefined) yield [slot, snapshot];
    }
  }

  /** The guest is about to learn of this directory: {@link settle} makes it live. */
  learned(slot: number): void {
    if (this.bySlot[slot] === undefined) this.waiting.push(slot);
  }

  /** Before the reply goes out. */
  settle(): void {
    if (this.waiting.length === 0) return;
    for (const slot of this.waiting.splice(0)) this.begin(slot);
  }

  /** Watches it first, then looks. */
  begin(slot: number): boolean {
    if (this.get(slot) !== undefined) return true;
    const fd = this.observer.lookAtDirectory(slot);
    if (fd < 0) return false;
    const outcome = this.feed.watch(fd, slot);
    if (!outcome.watched) {
      if (this.refusals++ === 0) this.told(outcome.reason);
      this.refused = outcome;
      return false;
    }
    const snapshot = this.snapshots.open(this.observer.row);
    const before = this.slots.get(snapshot.id);
    if (before !== undefined && before !== slot) this.bySlot[before] = undefined;
    this.bySlot[slot] = snapshot;
    this.slots.set(snapshot.id, slot);
    if (outcome.attributed) this.attributed.add(slot);
    return true;
  }

  /** The guest has forgotten the node, or the watch has ended. */
  forget(slot: number): void {
    const snapshot = this.bySlot[slot];
    if (snapshot === undefined) return;
    this.bySlot[slot] = undefined;
    this.attributed.delete(slot);
    this.absent.take(slot);
    this.slots.delete(snapshot.id);
    this.feed.unwatch(slot);
    if (this.snapshots.get(snapshot.id) === snapshot) this.snapshots.drop(snapshot);
  }
}
