/** Third step of a comparison: names lost and gained become changes. */

import { S_IFMT } from '../../protocol/linux.js';
import { type Change, type Place, placeKey, type Victim } from './changes.js';
import type { Facts, Gained, Group, Lost } from './gather.js';
import { inOrder, type Step } from './order.js';
import { isDirectory, S } from './stat.js';

/** What happened to the names, in an order in which it can be done. */
export function pair(facts: Facts): Change[] {
  const moves = new Map<Lost, Gained>();
  const sources = new Map<Gained, Lost>();
  const lasting = new Map<Group, Place | undefined>();
  const groups = [...facts.groups.values(), ...facts.strangers.values()].filter((group) => !group.held);
  for (const group of groups) {
    const pairs = match(group);
    for (const [lost, gained] of pairs) {
      moves.set(lost, gained);
      sources.set(gained, lost);
    }
    if (group.gained.length > 0) lasting.set(group, lastingName(facts, group, pairs));
  }
  const steps: Step[] = [];
  const overwritten = new Set<Lost>();
  for (const group of groups) {
    for (const gained of group.gained) {
      if (gained.dropped || (gained.learned && !sources.has(gained))) continue;
      const there = facts.lost.get(placeKey(gained.place));
      const step = toStep(
        facts,
        gained,
        sources.get(gained),
        there && !moves.has(there) ? there : undefined,
        lasting.get(group),
      );
      steps.push(step);
      if (step.over) overwritten.add(step.over);
    }
  }
  for (const group of groups) {
    for (const lost of group.lost) {
      if (moves.has(lost) || overwritten.has(lost)) continue;
      const kind = lost.moved && !lost.implied ? 'moved-out' : 'removed';
      steps.push({ change: { kind, at: lost.place, victim: victim(facts, lost) }, vacates: lost.place, removed: lost });
    }
  }
  const ordered = inOrder(facts, steps);
  countLinks(facts, ordered);
  return ordered.map((step) => step.change);
}

/** Which lost name became which: in the same directory first, else in the order of places. */
function match(group: Group): [Lost, Gained][] {
  const gained = group.gained.filter((one) => !one.dropped).sort(byPlace);
  if (gained.length === 0 || group.lost.length === 0) return [];
  const near = new Map<number, Gained[]>();
  for (const one of [...gained].reverse()) {
    const { directory } = one.place;
    const others = near.get(directory);
    if (others) others.push(one);
    else near.set(directory, [one]);
  }
  const pairs: [Lost, Gained][] = [];
  const taken = new Set<Gained>();
  const rest: Lost[] = [];
  for (const lost of [...group.lost].sort(byPlace)) {
    const one = near.get(lost.place.directory)?.pop();
    if (one) {
      taken.add(one);
      pairs.push([lost, one]);
    } else rest.push(lost);
  }
  const far = gained.filter((one) => !taken.has(one));
  for (let i = 0; i < Math.min(rest.length, far.length); i++) pairs.push([rest[i], far[i]]);
  return pairs;
}

function byPlace(a: { place: Place }, b: { place: Place }): number {
  return (
    a.place.directory - b.place.directory || (a.place.name < b.place.name ? -1 : a.place.name > b.place.name ? 1 : 0)
  );
}

/** The change that gave a name; `there`: what else had it, and is moved nowhere. */
function toStep(
  facts: Facts,
  gained: Gained,
  from: Lost | undefined,
  there: Lost | undefined,
  lasting: Place | undefined,
): Step {
  const at = gained.place;
  const from0 = gained.listing.at(gained.row);
  const stat = gained.listing.words.slice(from0, from0 + S.words);
  const of = lasting && placeKey(lasting) !== placeKey(at) ? lasting : undefined;
  if (!from && of) return { change: { kind: 'linked', at, of, stat }, arrivesAfter: of };
  const sameKind = there && isDirectory(typeOf(facts, there)) === isDirectory(stat[S.mode]) ? there : undefined;
  if (from) {
    const over = sameKind;
    const change: Change = { kind: 'moved', from: from.place, at, stat };
    if (over) change.over = victim(facts, over);
    return { change, vacates: from.place, moves: gained.group.inode, ...(over && { over }) };
  }
  if (sameKind && !isDirectory(stat[S.mode]) && !gained.moved)
    return { change: { kind: 'replaced', at, stat, over: victim(facts, sameKind) }, over: sameKind };
  const over = gained.moved ? sameKind : undefined;
  const change: Change = { kind: gained.moved ? 'moved-in' : 'created', at, stat };
  if (over) change.over = victim(facts, over);
  return { change, ...(over && { over }) };
}

/**
 * A name that the inode has when all is done, for links to refer to: one that it kept, one that it moved to, or, of an inode that
 * is new, the first.
 */
function lastingName({ snapshots, lost }: Facts, group: Group, pairs: [Lost, Gained][]): Place | undefined {
  const { inodes, entries } = snapshots;
  for (let slot = group.inode >= 0 ? inodes.first[group.inode] : -1; slot >= 0; slot = entries.sibling(slot)) {
    const place = { directory: entries.directory[slot], name: entries.name(slot) };
    if (!lost.has(placeKey(place))) return place;
  }
  if (pairs.length > 0) return pairs[0][1].place;
  let first: Gained | undefined;
  for (const one of group.gained) if (!one.dropped && (!first || byPlace(one, first) < 0)) first = one;
  return first?.place;
}

function typeOf({ snapshots }: Facts, lost: Lost): number {
  return snapshots.inodes.get(lost.group.inode, S.mode) & S_IFMT;
}

function victim(facts: Facts, lost: Lost): Victim {
  return { type: typeOf(facts, lost), links: 0, row: facts.snapshots.inodes.row(lost.group.inode) };
}

/** How many links each victim has left after its change. */
function countLinks(facts: Facts, steps: Step[]): void {
  const left = new Map<Group, number>();
  for (let i = steps.length - 1; i >= 0; i--) {
    const { change, over, removed } = steps[i];
    const lost = over ?? removed;
    if (!lost || isDirectory(typeOf(facts, lost))) continue;
    const { group } = lost;
    const links = left.get(group) ?? linksAtTheEnd(facts, group);
    left.set(group, links + 1);
    if ('victim' in change) change.victim.links = links;
    else if ('over' in change && change.over) change.over.links = links;
  }
}

function linksAtTheEnd({ snapshots, observed }: Facts, group: Group): number {
  const seen = observed.get(group.inode);
  if (seen) return seen.listing.words[seen.listing.at(seen.row) + S.nlink];
  return Math.max(0, snapshots.inodes.get(group.inode, S.nlink) - group.lost.length);
}
