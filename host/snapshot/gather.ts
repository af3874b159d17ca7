/** First step of a comparison: which names were lost and gained, by inode, and which inodes have fresh stats. */
import { type Place, placeKey } from './changes.js';
import type { DirectorySnapshot } from './directory.js';
import { Flag, type Listing } from './listing.js';
import type { Snapshots } from './snapshots.js';
import { S } from './stat.js';

/** A name that leads no longer where the snapshot says. */
export interface Lost {
  readonly place: Place;
  /** in the entry table */
  readonly slot: number;
  readonly group: Group;
  /** the watcher calls it a rename */
  readonly moved: boolean;
  /** nobody looked: its directory is gone, and so it must be */
  readonly implied: boolean;
}

/** A name that leads to something else than the snapshot says. */
export interface Gained {
  readonly place: Place;
  readonly group: Group;
  readonly listing: Listing;
  readonly row: number;
  readonly moved: boolean;
  /** the directory was never seen whole: the name may be an old one */
  readonly learned: boolean;
  /** its directory is gone as well */
  dropped: boolean;
}

/** All that was found about the names of one inode. */
export interface Group {
  /** slot, -1 if it was not known */
  readonly inode: number;
  readonly lost: Lost[];
  readonly gained: Gained[];
  /** cannot be judged yet */
  held: boolean;
}

/** A stat that differs from what is known. */
export interface Observed {
  readonly listing: Listing;
  readonly row: number;
  readonly place: Place;
}

export interface Facts {
  readonly snapshots: Snapshots;
  readonly listings: readonly Listing[];
  /** by slot */
  readonly groups: Map<number, Group>;
  /** of inodes that were not known, by device and number */
  readonly strangers: Map<string, Group>;
  /** by placeKey */
  readonly lost: Map<string, Lost>;
  readonly gained: Map<string, Gained>;
  readonly observed: Map<number, Observed>;
  /** ids of directories that lost their name and got no other */
  readonly gone: Set<number>;
  /** directories that were listed whole while more went on in them than could be remembered */
  readonly unjudged: Set<number>;
  /** inodes of several names of which one was looked at and stays */
  readonly looked: Set<number>;
  /** whose snapshots are complete after this */
  readonly complete: Set<DirectorySnapshot>;
}

export function gather(snapshots: Snapshots, listings: readonly Listing[]): Facts {
  const facts: Facts = {
    snapshots,
    listings,
    groups: new Map(),
    strangers: new Map(),
    lost: new Map(),
    gained: new Map(),
    observed: new Map(),
    gone: new Set(),
    unjudged: new Set(),
    looked: new Set(),
    complete: new Set(),
  };
  for (const listing of listings) {
    if (snapshots.get(listing.directory.id) !== listing.directory) continue;
    const seen = listing.whole ? new Uint8Array((snapshots.entries.limit >> 3) + 1) : undefined;
    for (let row = 0; row < listing.count; row++) gatherRow(facts, listing, row, seen);
    if (seen) gatherMissing(facts, listing.directory, seen);
  }
  return facts;
}

function gatherRow(facts: Facts, listing: Listing, row: number, seen: Uint8Array | undefined): void {
  const { inodes, entries } = facts.snapshots;
  const { directory, words } = listing;
  const slot = directory.find(listing.names, listing.nameAt(row), listing.nameLength(row));
  const flags = listing.flags(row);
  const moved = (flags & Flag.MOVED) !== 0;
  if (slot >= 0 && seen) seen[slot >> 3] |= 1 << (slot & 7);
  if (flags & Flag.ABSENT) {
    if (slot >= 0) lose(facts, slot, moved, false);
    return;
  }
  const at = listing.at(row);
  if (slot >= 0 && inodes.is(entries.inode[slot], words, at)) {
    const inode = entries.inode[slot];
    if (inodes.names[inode] > 1) facts.looked.add(inode);
    if (inodes.differs(inode, words, at, S.mode, S.words)) observe(facts, inode, listing, row);
    return;
  }
  if (slot >= 0) lose(facts, slot, moved, false);
  const place = { directory: directory.id, name: rowName(listing, row) };
  const group = groupOf(facts, listing, row);
  if (group.inode >= 0) observe(facts, group.inode, listing, row);
  const gained: Gained = {
    place,
    group,
    listing,
    row,
    moved,
    learned: slot < 0 && !directory.complete,
    dropped: false,
  };
  // A name that a listing holds twice (changed while it was read) counts once.
  if (facts.gained.has(placeKey(place))) return;
  facts.gained.set(placeKey(place), gained);
  group.gained.push(gained);
}

function gatherMissing(facts: Facts, directory: DirectorySnapshot, seen: Uint8Array): void {
  for (const slot of directory.slots())
    if ((seen[slot >> 3] & (1 << (slot & 7))) === 0) lose(facts, slot, false, false);
}

/** The name of this slot of the entry table is gone. */
export function lose(facts: Facts, slot: number, moved: boolean, implied: boolean): void {
  const { entries } = facts.snapshots;
  const place = { directory: entries.directory[slot], name: entries.name(slot) };
  const key = placeKey(place);
  if (facts.lost.has(key)) return;
  const group = known(facts, entries.inode[slot]);
  const lost = { place, slot, group, moved, implied };
  facts.lost.set(key, lost);
  group.lost.push(lost);
}

/** The group of a known inode. */
export function known(facts: Facts, inode: number): Group {
  let group = facts.groups.get(inode);
  if (!group) {
    group = { inode, lost: [], gained: [], held: false };
    facts.groups.set(inode, group);
  }
  return group;
}

function groupOf(facts: Facts, listing: Listing, row: number): Group {
  const at = listing.at(row);
  const inode = facts.snapshots.inodes.find(listing.words, at);
  if (inode >= 0) return known(facts, inode);
  // A number whose birth differs is another object.
  const key = listing.words.subarray(at + S.device, at + S.birth + 1).join();
  let group = facts.strangers.get(key);
  if (!group) {
    group = { inode, lost: [], gained: [], held: false };
    facts.strangers.set(key, group);
  }
  return group;
}

/** The last stat counts: listings are in the order in which they were made. */
function observe(facts: Facts, inode: number, listing: Listing, row: number): void {
  const place = { directory: listing.directory.id, name: rowName(listing, row) };
  facts.observed.set(inode, { listing, row, place });
}

export function rowName(listing: Listing, row: number): string {
  const from = listing.nameAt(row);
  return Buffer.from(listing.names.buffer, from, listing.nameLength(row)).toString('latin1');
}
