/**
 * The difference between what snapshots say and what the host has now: finds the changes, puts them into an order in which they
 * can be made one after the other, and takes them over into the snapshots. Nothing is read here: listings come from a port.
 *
 * Everything that one batch looked at is compared together, so that a name which went here and a name which came there
 * are one move. What cannot be judged yet is left as it is and named in `again`: what guest operations touched meanwhile (see
 * in-flight.ts), and an inode that has got a name while one which it must have lost was not looked at.
 */
import { apply } from './apply.js';
import { type Change, inodeChanges, type Place, placeKey } from './changes.js';
import { type Facts, gather } from './gather.js';
import { holdBack } from './hold-back.js';
import type { Look } from './in-flight.js';
import type { Listing } from './listing.js';
import { pair } from './pair.js';
import type { Snapshots } from './snapshots.js';
import { S } from './stat.js';

export interface Outcome {
  /** in an order that is valid to carry out */
  readonly changes: Change[];
  /** to be looked at again, in one batch; without a name: the whole directory */
  readonly again: { readonly directory: number; readonly name?: string }[];
}

/** `look`: begun before the first of the listings was; it is closed here. */
export function compare(snapshots: Snapshots, listings: readonly Listing[], look: Look): Outcome {
  const facts = gather(snapshots, listings);
  const again = holdBack(facts, look);
  const changes = pair(facts);
  for (const change of contents(facts, changes)) changes.push(change);
  apply(facts);
  snapshots.inFlight.close(look);
  return { changes, again };
}

function contents(facts: Facts, named: readonly Change[]): Change[] {
  const { inodes } = facts.snapshots;
  const arrived = new Set<string>();
  for (const change of named) {
    if (!('victim' in change)) arrived.add(placeKey(change.at));
    if (change.kind === 'exchanged') arrived.add(placeKey(change.with));
  }
  const changes: Change[] = [];
  for (const [inode, { listing, row, place }] of facts.observed) {
    const group = facts.groups.get(inode);
    if (group?.held) continue;
    const start = listing.at(row);
    const renamed = group !== undefined && group.lost.length + group.gained.length > 0;
    const { modified, attributes } = inodeChanges(inodes, inode, listing.words, start, renamed);
    const at = modified || attributes ? nameToTell(facts, inode, place, arrived) : undefined;
    if (!at) continue;
    const stat = listing.words.slice(start, start + S.words);
    if (modified) changes.push({ kind: 'modified', at, stat });
    if (attributes) changes.push({ kind: 'attributes', at, stat });
  }
  return changes;
}

/** The name that was looked at; where it is one that nobody knew (of a directory that is not complete), another of the inode. */
function nameToTell(facts: Facts, inode: number, seen: Place, arrived: ReadonlySet<string>): Place | undefined {
  const gained = facts.gained.get(placeKey(seen));
  const stays = (place: Place) => !facts.gone.has(place.directory) && !facts.lost.has(placeKey(place));
  if (arrived.has(placeKey(seen)) || (!gained && stays(seen))) return seen;
  const { inodes, entries } = facts.snapshots;
  for (let slot = inodes.first[inode]; slot >= 0; slot = entries.sibling(slot)) {
    const place = { directory: entries.directory[slot], name: entries.name(slot) };
    if (stays(place)) return place;
  }
  return facts.groups.get(inode)?.gained.find(({ place }) => arrived.has(placeKey(place)))?.place;
}
