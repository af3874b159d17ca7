/** Second step of a comparison: what goes with a removed directory, and what cannot be judged yet. */
import { type Place, placeKey } from './changes.js';
import { type Facts, type Gained, type Group, known, lose, rowName } from './gather.js';
import type { Look } from './in-flight.js';
import { Flag } from './listing.js';
import { inodeHash } from './name-index.js';
import { isDirectory, S } from './stat.js';

export type Again = { readonly directory: number; readonly name?: string };

/** Marks groups that are to be left as they are; the result is what has to be looked at again because of it. */
export function holdBack(facts: Facts, look: Look): Again[] {
  findGone(facts);
  const again = new Map<string, Place>();
  const want = (place: Place) => again.set(placeKey(place), place);
  const hold = (group: Group) => propagate(facts, group);
  if (look.all) {
    for (const { directory, whole } of facts.listings) if (whole) facts.unjudged.add(directory.id);
  }
  if (!look.quiet) seedSpoiled(facts, look, want, hold);
  for (const groups of [facts.groups, facts.strangers]) {
    for (const group of groups.values()) if (!group.held) seedContradiction(facts, group, want, hold);
  }
  for (const groups of [facts.groups, facts.strangers]) {
    for (const group of groups.values()) {
      if (!group.held) continue;
      for (const lost of group.lost) if (!lost.implied) want(lost.place);
      for (const gained of group.gained) want(gained.place);
      const observed = facts.observed.get(group.inode);
      if (observed) want(observed.place);
    }
  }
  return wholeWhereIncomplete(facts, [...again.values()]);
}

/**
 * Directories that lost their name and got no other: what was in them is lost too, unless it turns up elsewhere, and what a
 * listing still saw in them does not count. One that lives on outside (Flag.MOVED) takes its content along.
 */
function findGone(facts: Facts): void {
  const { inodes, entries } = facts.snapshots;
  const { gone } = facts;
  const inside = new Map<number, Gained[]>();
  for (const gained of facts.gained.values()) {
    const id = gained.place.directory;
    const others = inside.get(id);
    if (others) others.push(gained);
    else inside.set(id, [gained]);
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (const group of facts.groups.values()) {
      const directory = group.inode >= 0 ? facts.snapshots.get(inodes.directory[group.inode]) : undefined;
      if (!directory || gone.has(directory.id) || group.lost.length < inodes.names[group.inode]) continue;
      if (group.lost.length === 0) continue;
      if (group.gained.some((gained) => !gained.dropped)) continue;
      gone.add(directory.id);
      changed = true;
      for (const gained of inside.get(directory.id) ?? []) gained.dropped = true;
      if (group.lost.some((lost) => lost.moved)) continue;
      for (const slot of directory.slots()) if (entries.inode[slot] >= 0) lose(facts, slot, false, true);
    }
  }
}

function seedSpoiled(facts: Facts, look: Look, want: (place: Place) => void, hold: (group: Group) => void): void {
  const { inodes, entries } = facts.snapshots;
  const spoils = (slot: number) =>
    look.spoilsInode(inodeHash(inodes.device[slot], inodes.inoLo[slot], inodes.inoHi[slot]));
  for (const lost of facts.lost.values()) {
    if (look.spoilsName(placeKey(lost.place)) || spoils(lost.group.inode)) hold(lost.group);
  }
  for (const gained of facts.gained.values()) if (look.spoilsName(placeKey(gained.place))) hold(gained.group);
  const listed = new Set<number>();
  for (const listing of facts.listings) {
    const { directory, words, names } = listing;
    listed.add(directory.id);
    for (let row = 0; row < listing.count; row++) {
      const at = listing.at(row);
      const slot = directory.find(names, listing.nameAt(row), listing.nameLength(row));
      const place = { directory: directory.id, name: rowName(listing, row) };
      const there = inodeHash(words[at + S.device], words[at + S.inoLo], words[at + S.inoHi]);
      const spoiled = look.spoilsName(placeKey(place)) || (slot >= 0 && spoils(entries.inode[slot]));
      if (!spoiled && (listing.flags(row) & Flag.ABSENT || !look.spoilsInode(there))) continue;
      want(place);
      if (slot >= 0) hold(known(facts, entries.inode[slot]));
      const gained = facts.gained.get(placeKey(place));
      if (gained) hold(gained.group);
    }
  }
  // A listing of all says nothing of a name that is not there, and may be about to be recorded.
  for (const place of look.places()) if (listed.has(place.directory)) want(place);
}

/** More names than the inode has links, or names of one that had the number before: some must be gone that nobody looked at. */
function seedContradiction(
  facts: Facts,
  group: Group,
  want: (place: Place) => void,
  hold: (group: Group) => void,
): void {
  const { inodes, entries } = facts.snapshots;
  const gained = group.gained.filter((one) => !one.dropped);
  if (gained.length === 0) {
    const left = group.inode < 0 ? 0 : inodes.names[group.inode] - group.lost.length;
    if (left <= 0 || group.lost.length === 0 || facts.looked.has(group.inode)) return;
    // The link count and ctime of what is left have changed with it, and must not be found later as a change of their own.
    let slot = inodes.first[group.inode];
    while (group.lost.some((lost) => lost.slot === slot)) slot = entries.sibling(slot);
    want({ directory: entries.directory[slot], name: entries.name(slot) });
    hold(group);
    return;
  }
  const { listing, row } = gained[gained.length - 1];
  const at = listing.at(row);
  let owner = group.inode;
  let links = isDirectory(listing.words[at + S.mode]) ? 1 : listing.words[at + S.nlink];
  if (owner < 0) {
    owner = inodes.holder(listing.words, at);
    links = gained.length;
  }
  if (owner < 0) return;
  const lost = facts.groups.get(owner)?.lost.length ?? 0;
  if (inodes.names[owner] - lost + gained.length <= links) return;
  for (let slot = inodes.first[owner]; slot >= 0; slot = entries.sibling(slot)) {
    want({ directory: entries.directory[slot], name: entries.name(slot) });
  }
  hold(group);
}

/** Holds the group and all that cannot be judged without it: who else has or had one of its names, and directories around. */
function propagate(facts: Facts, first: Group): void {
  const { snapshots, gone } = facts;
  const waiting = [first];
  for (let group = waiting.pop(); group; group = waiting.pop()) {
    if (group.held) continue;
    group.held = true;
    for (const { place } of [...group.lost, ...group.gained]) {
      const lost = facts.lost.get(placeKey(place));
      const gained = facts.gained.get(placeKey(place));
      if (lost) waiting.push(lost.group);
      if (gained) waiting.push(gained.group);
      if (gone.has(place.directory)) waiting.push(known(facts, snapshots.get(place.directory)!.inode));
    }
    const directory = group.inode >= 0 ? snapshots.inodes.directory[group.inode] : -1;
    if (!gone.has(directory)) continue;
    // It may be there still, and so may be what a listing saw in it.
    for (const gained of facts.gained.values()) if (gained.place.directory === directory) waiting.push(gained.group);
    for (const slot of snapshots.get(directory)!.slots()) waiting.push(known(facts, snapshots.entries.inode[slot]));
  }
}

/** A directory becomes complete only by a listing of which nothing was held back. */
function wholeWhereIncomplete(facts: Facts, places: Place[]): Again[] {
  const open = new Set<number>();
  for (const { whole, directory } of facts.listings) if (whole && !directory.complete) open.add(directory.id);
  const held = new Set(places.map((place) => place.directory).filter((id) => open.has(id)));
  for (const id of facts.unjudged) held.add(id);
  for (const { whole, directory } of facts.listings)
    if (whole && !held.has(directory.id)) facts.complete.add(directory);
  return [...[...held].map((directory) => ({ directory })), ...places.filter((place) => !held.has(place.directory))];
}
