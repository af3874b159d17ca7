/**
 * Comparing live directories with the host: after events were lost, where a feed only says where to look, and for names in which
 * the guest and the host both had a hand. What it finds are changes like those that events tell of.
 *
 * Of a directory that was never seen whole only the names that the guest has asked for are known. Of the others those are new that were
 * born since the last events came; the rest, which may have been moved there, are given to `unknown`: a missing name that the
 * guest remembers has to go.
 */
import { Errno } from '../../protocol/errno.js';
import { compare } from '../snapshot/compare.js';
import type { DirectorySnapshot } from '../snapshot/directory.js';
import { Listing } from '../snapshot/listing.js';
import type { Snapshots } from '../snapshot/snapshots.js';
import type { HostChange } from './changes.js';
import type { Directories } from './directories.js';
import { addName, type Names } from './names.js';
import type { Observer } from './observer.js';

/** What is held back once may be judged with what it was held back for: so often at most. */
const ROUNDS = 4;

export class Reset {
  /** when the feed was last known to be complete, ms since 1970 */
  since = Number.POSITIVE_INFINITY;
  private born: HostChange[] = [];

  constructor(
    private readonly snapshots: Snapshots,
    private readonly directories: Directories,
    private readonly observer: Observer,
    private readonly unknown: (slot: number, name: string) => void,
  ) {}

  /** These names of these directories; 'whole': all of its names. */
  compare(work: ReadonlyMap<number, Names>): HostChange[] {
    const changes: HostChange[] = [];
    this.born = changes;
    let next = work;
    for (let round = 0; round < ROUNDS && next.size > 0; round++) {
      const look = this.snapshots.inFlight.look();
      const listings: Listing[] = [];
      for (const [slot, names] of next) {
        const directory = this.directories.get(slot);
        if (directory === undefined) continue;
        const listing = names === 'whole' ? this.listing(slot, directory) : this.names(slot, directory, names);
        if (listing !== undefined) listings.push(listing);
      }
      const { changes: found, again } = compare(this.snapshots, listings, look);
      for (const change of found) changes.push(change as HostChange);
      next = this.together(again);
    }
    return changes;
  }

  private together(again: readonly { directory: number; name?: string }[]): Map<number, Names> {
    const work = new Map<number, Names>();
    for (const { directory, name } of again) {
      const slot = this.directories.slotOf(directory);
      if (slot < 0) continue;
      if (name === undefined) work.set(slot, 'whole');
      else addName(work, slot, name);
    }
    return work;
  }

  private names(slot: number, directory: DirectorySnapshot, names: Iterable<string>): Listing {
    const listing = new Listing(directory, false);
    for (const name of names) {
      // Somebody says that it has changed, and it was not known: it has come.
      if (directory.find(Buffer.from(name, 'latin1'), 0, name.length) >= 0) this.add(listing, slot, name);
      else this.come(slot, directory, name);
    }
    return listing;
  }

  private listing(slot: number, directory: DirectorySnapshot): Listing | undefined {
    const { entries } = this.snapshots;
    const known = [...directory.slots()].map((entry) => entries.name(entry));
    if (!directory.complete) {
      const seen = new Set(known);
      const listing = this.names(slot, directory, known);
      const failed = this.observer.list(slot, (name) => {
        if (!seen.has(name)) this.stranger(listing, slot, name);
      });
      return failed < 0 && failed !== -Errno.ESTALE ? undefined : listing;
    }
    const listing = new Listing(directory, true, known.length + 16);
    const failed = this.observer.list(slot, (name) => this.add(listing, slot, name));
    // A directory that is gone has no names; one that cannot be read keeps those that it has.
    return failed < 0 && failed !== -Errno.ESTALE && failed !== -Errno.ENOENT ? undefined : listing;
  }

  private stranger(listing: Listing, slot: number, name: string): void {
    if (this.observer.look(slot, name) < 0) return;
    if (this.snapshots.inodes.find(this.observer.row, 0) >= 0) {
      // Known by another name, which it may have lost.
      listing.add(Buffer.from(name, 'latin1'), this.observer.row);
      return;
    }
    if (!this.observer.isBornSince(this.since)) {
      this.unknown(slot, name);
      return;
    }
    this.come(slot, listing.directory, name);
  }

  private come(slot: number, directory: DirectorySnapshot, name: string): void {
    if (this.observer.look(slot, name) < 0) return;
    const stat = this.observer.row.slice();
    this.snapshots.bind(directory, Buffer.from(name, 'latin1'), this.snapshots.inodes.enter(stat, 0));
    this.born.push({ kind: 'created', at: { directory: directory.id, name }, stat });
  }

  private add(listing: Listing, slot: number, name: string): void {
    const bytes = Buffer.from(name, 'latin1');
    const failed = this.observer.look(slot, name);
    if (failed === 0) listing.add(bytes, this.observer.row);
    else if (failed === -Errno.ENOENT || failed === -Errno.ESTALE) listing.addAbsent(bytes);
  }
}
