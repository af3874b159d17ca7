/**
 * The order of changes: each can be carried out when those before it have been. A rename frees its old name before something
 * else gets it, what is in a directory leaves before the directory goes; otherwise renames first, then removals from the
 * leaves on, then new names from the root on, and by place within these, so that the order is always the same.
 */

import { S_IFMT } from '../../protocol/linux.js';
import { type Change, type Place, placeKey } from './changes.js';
import type { Facts, Lost } from './gather.js';
import { isDirectory, S } from './stat.js';

/** A change, and what it has to do with others. */
export interface Step {
  change: Change;
  /** the name that it frees */
  readonly vacates?: Place;
  /** the name that must have come to lead to the object before */
  readonly arrivesAfter?: Place;
  /** what it overwrites, or removes */
  readonly over?: Lost;
  readonly removed?: Lost;
  /** inode that it moves */
  readonly moves?: number;
}

export function inOrder(facts: Facts, unordered: Step[]): Step[] {
  const steps = sorted(facts, exchanges(unordered));
  const needs = dependencies(facts, steps);
  const waits = needs.map((list) => list.length);
  const frees: number[][] = steps.map(() => []);
  for (const [i, list] of needs.entries()) for (const need of list) frees[need].push(i);
  const ready = new Heap();
  for (const [i, count] of waits.entries()) if (count === 0) ready.push(i);
  const result: Step[] = [];
  const done = new Uint8Array(steps.length);
  const release = (i: number, arrived: boolean) => {
    // Somebody who waits for the object's arrival is not helped by its departure.
    for (const next of frees[i]) {
      if (needsArrival(steps[next], steps[i]) === arrived && --waits[next] === 0) ready.push(next);
    }
  };
  const staged = new Set<number>();
  let stuckFrom = 0;
  while (result.length < steps.length + staged.size) {
    const i = ready.pop();
    if (i >= 0 && done[i]) continue;
    if (i >= 0) {
      done[i] = 1;
      result.push(staged.has(i) ? arrival(steps[i]) : steps[i]);
      release(i, true);
      if (!staged.has(i)) release(i, false);
      continue;
    }
    // Renames in a circle: one of them takes a way round, out of sight and back.
    while (done[stuckFrom]) stuckFrom++;
    const split = inCircle(steps, needs, done, staged, stuckFrom);
    if (steps[split].change.kind !== 'moved') {
      // An exchange of directories in a circle with their content: the state at the end is right, the way there is not.
      ready.push(split);
      continue;
    }
    result.push(departure(steps[split]));
    staged.add(split);
    release(split, false);
  }
  return result;
}

/** a → b with b → a. */
function exchanges(steps: Step[]): Step[] {
  const moves = new Map<string, Step>();
  for (const step of steps) if (step.change.kind === 'moved') moves.set(placeKey(step.change.from), step);
  const gone = new Set<Step>();
  for (const step of steps) {
    const { change } = step;
    if (gone.has(step) || change.kind !== 'moved') continue;
    const back = moves.get(placeKey(change.at));
    if (!back || back === step || back.change.kind !== 'moved') continue;
    if (placeKey(back.change.at) !== placeKey(change.from)) continue;
    gone.add(back);
    step.change = { kind: 'exchanged', at: change.from, with: change.at };
  }
  return steps.filter((step) => !gone.has(step));
}

const RANK = { moved: 0, exchanged: 0, removed: 1, 'moved-out': 1 } as Record<Change['kind'], number>;

function sorted(facts: Facts, steps: Step[]): Step[] {
  const keyed = steps.map((step) => {
    const rank = RANK[step.change.kind] ?? 2;
    const depth = depthOf(facts, step.change.at.directory);
    return { step, rank, depth: rank === 1 ? -depth : depth, place: step.change.at };
  });
  keyed.sort(
    (a, b) =>
      a.rank - b.rank ||
      a.depth - b.depth ||
      a.place.directory - b.place.directory ||
      (a.place.name < b.place.name ? -1 : a.place.name > b.place.name ? 1 : 0),
  );
  return keyed.map(({ step }) => step);
}

/** Ids of the directory and those around it, as the snapshots have it still. */
function* around({ snapshots }: Facts, id: number): Generator<number> {
  const { inodes, entries } = snapshots;
  const met = new Set<number>();
  for (let directory = snapshots.get(id); directory && !met.has(directory.id); ) {
    met.add(directory.id);
    yield directory.id;
    const slot = inodes.first[directory.inode];
    directory = slot >= 0 ? snapshots.get(entries.directory[slot]) : undefined;
  }
}

function depthOf(facts: Facts, id: number): number {
  let depth = 0;
  for (const _ of around(facts, id)) depth++;
  return depth;
}

/** For each step those that must come before it. */
function dependencies(facts: Facts, steps: Step[]): number[][] {
  const { inodes, entries } = facts.snapshots;
  const leaving = new Map<string, number>();
  const arriving = new Map<string, number>();
  const exchanged = new Map<string, number>();
  const outOf = new Map<number, number[]>();
  for (const [i, { change, vacates }] of steps.entries()) {
    if (!('victim' in change)) arriving.set(placeKey(change.at), i);
    if (change.kind === 'exchanged') {
      arriving.set(placeKey(change.with), i);
      exchanged.set(placeKey(change.at), i);
      exchanged.set(placeKey(change.with), i);
    }
    if (!vacates) continue;
    leaving.set(placeKey(vacates), i);
    const others = outOf.get(vacates.directory);
    if (others) others.push(i);
    else outOf.set(vacates.directory, [i]);
  }
  return steps.map((step, i) => {
    const { change } = step;
    const needs = new Set<number | undefined>();
    if (!('victim' in change)) needs.add(leaving.get(placeKey(change.at)));
    if (step.arrivesAfter) needs.add(arriving.get(placeKey(step.arrivesAfter)));
    const ends = step.over ?? step.removed;
    if (ends && change.kind !== 'moved-out') {
      for (const need of outOf.get(inodes.directory[ends.group.inode]) ?? []) needs.add(need);
    }
    if (change.kind === 'moved' && isDirectory(change.stat[S.mode])) {
      // A directory cannot go below itself: what it goes into has to come out of it first.
      const way: number[] = [];
      for (const id of around(facts, change.at.directory)) {
        const { inode } = facts.snapshots.get(id)!;
        if (inode === step.moves) {
          for (const need of way) needs.add(need);
          break;
        }
        const slot = inodes.first[inode];
        const key = slot < 0 ? '' : placeKey({ directory: entries.directory[slot], name: entries.name(slot) });
        const need = leaving.get(key) ?? exchanged.get(key);
        if (need !== undefined) way.push(need);
      }
    }
    needs.delete(undefined);
    needs.delete(i);
    return [...needs] as number[];
  });
}

function needsArrival(step: Step, other: Step): boolean {
  if (!step.arrivesAfter) return !other.vacates;
  const wanted = placeKey(step.arrivesAfter);
  const { change } = other;
  if ('victim' in change) return false;
  return placeKey(change.at) === wanted || (change.kind === 'exchanged' && placeKey(change.with) === wanted);
}

/** A step that waits, over others, for itself: a rename, if there is one. */
function inCircle(steps: Step[], needs: number[][], done: Uint8Array, staged: Set<number>, start: number): number {
  const met: number[] = [];
  const known = new Set<number>();
  let at = start;
  while (!known.has(at)) {
    met.push(at);
    known.add(at);
    const next = needs[at].find((need) => !done[need] && !(staged.has(need) && !needsArrival(steps[at], steps[need])));
    if (next === undefined) return at;
    at = next;
  }
  const circle = met.slice(met.indexOf(at));
  return circle.find((i) => steps[i].change.kind === 'moved' && !staged.has(i)) ?? at;
}

function departure({ change }: Step): Step {
  if (change.kind !== 'moved') throw new Error(`${change.kind} cannot leave`);
  const victim = { type: change.stat[S.mode] & S_IFMT, links: change.stat[S.nlink] };
  return { change: { kind: 'moved-out', at: change.from, victim } };
}

function arrival(step: Step): Step {
  const { change } = step;
  if (change.kind !== 'moved') return step;
  const { at, stat, over } = change;
  return { ...step, change: { kind: 'moved-in', at, stat, ...(over && { over }) } };
}

/** The smallest of some whole numbers. */
class Heap {
  private readonly items: number[] = [];

  push(item: number): void {
    const { items } = this;
    let at = items.push(item) - 1;
    for (let up = (at - 1) >> 1; at > 0 && items[up] > item; at = up, up = (at - 1) >> 1) items[at] = items[up];
    items[at] = item;
  }

  /** -1 if there is none. */
  pop(): number {
    const { items } = this;
    const smallest = items[0];
    const last = items.pop();
    if (smallest === undefined || last === undefined) return -1;
    if (items.length === 0) return smallest;
    let at = 0;
    for (let down = 1; down < items.length; down = 2 * at + 1) {
      if (down + 1 < items.length && items[down + 1] < items[down]) down++;
      if (items[down] >= last) break;
      items[at] = items[down];
      at = down;
    }
    items[at] = last;
    return smallest;
  }
}
