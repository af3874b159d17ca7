/**
 * Where mounts may go, as pure rules over resolved paths.
 *
 * In this machine's own tree a mount can come to lie inside what another one (or itself) serves. The daemon then walks
 * into its own mounts while it answers a request; one worker would wait for another, in a circle for itself: such
 * arrangements are refused before anything is mounted.
 */
import { basename } from 'node:path';
import { NAME_PATTERN } from './mount-options.js';
import { Problem } from './problem.js';
import { contains, shellWord } from './shares.js';

export interface Placed {
  readonly name: string;
  readonly guest: string;
  /** resolved */
  readonly source: string;
  /** resolved as far as the guest lets us */
  readonly target: string;
  /** source and target lie in the same tree */
  readonly local: boolean;
  /** `dev:ino` of the source, '' if not known */
  readonly sourceIdentity: string;
  /** `dev:ino` of the target's directories up to the root: also finds a source that is bind-mounted elsewhere */
  readonly targetAncestry: readonly string[];
}

/** @throws Problem why `wanted` cannot be placed among the others */
export function checkPlacement(wanted: Placed, others: readonly Placed[]): void {
  const { target } = wanted;
  for (const other of others.filter(({ guest }) => guest === wanted.guest)) {
    const where = `${other.name}, ${other.target}`;
    if (other.target === target) throw conflict(target, `already a mount point (${where})`, freeHint(other));
    if (contains(other.target, target)) throw conflict(target, `inside an osmofs mount (${where})`, freeHint(other));
    if (contains(target, other.target))
      throw conflict(target, `would hide an osmofs mount (${where})`, freeHint(other));
  }
  if (!wanted.local) return;
  checkAgainstItself(wanted);
  const local = others.filter((other) => other.local);
  for (const other of local) checkSource(wanted, other);
  const circle = findCircle([...local, wanted]);
  if (circle !== undefined) {
    const names = circle.map(({ name }) => name).join(', ');
    throw conflict(
      target,
      `mounts would serve each other in a circle (${names})`,
      'Choose a directory outside their sources',
    );
  }
}

function checkAgainstItself({ source, target, sourceIdentity, targetAncestry }: Placed): void {
  const hint = 'Choose a directory outside it, for example under /mnt';
  if (source === target) throw conflict(target, 'the source itself', hint);
  if (contains(source, target) || targetAncestry.includes(sourceIdentity)) {
    throw conflict(target, `inside its own source ${source}: the mount would contain itself without end`, hint);
  }
  if (contains(target, source)) throw conflict(target, `its source ${source} is inside: the mount would hide it`, hint);
}

function checkSource(wanted: Placed, other: Placed): void {
  if (contains(other.target, wanted.source)) {
    const original = other.source + wanted.source.slice(other.target.length);
    const hint = `Mount what it shows instead: ${shellWord(original)}`;
    throw conflict(wanted.source, `inside an osmofs mount (${other.name})`, hint);
  }
  if (contains(wanted.target, other.source)) {
    throw conflict(
      wanted.target,
      `would hide the source of an osmofs mount (${other.name}, ${other.source})`,
      freeHint(other),
    );
  }
}

/** Mounts of which each serves a tree that the next one's target lies in, and the last one's that of the first. */
export function findCircle(mounts: readonly Placed[]): readonly Placed[] | undefined {
  const done = new Set<Placed>();
  const visit = (mount: Placed, way: readonly Placed[]): readonly Placed[] | undefined => {
    const seen = way.indexOf(mount);
    if (seen >= 0) return way.slice(seen);
    if (done.has(mount)) return undefined;
    for (const next of mounts.filter((other) => serves(mount, other))) {
      const circle = visit(next, [...way, mount]);
      if (circle !== undefined) return circle;
    }
    done.add(mount);
    return undefined;
  };
  for (const mount of mounts) {
    const circle = visit(mount, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/**
 * The last one first, but one that serves the place of another before that one: what a mount has touched it may hold open,
 * and mounts below would be busy.
 */
export function unmountOrder(mounts: readonly Placed[]): Placed[] {
  const waiting = [...mounts].reverse();
  const order: Placed[] = [];
  while (waiting.length > 0) {
    const free = waiting.findIndex((mount) => !waiting.some((other) => other !== mount && serves(other, mount)));
    // There are no circles; if there were one, any order would be as good.
    order.push(...waiting.splice(Math.max(free, 0), 1));
  }
  return order;
}

function serves(server: Placed, mount: Placed): boolean {
  if (!server.local || !mount.local) return false;
  return contains(server.source, mount.target) || mount.targetAncestry.includes(server.sourceIdentity);
}

/** The name that was asked for if it is valid and free, else one made from the source. */
export function chooseName(asked: string | undefined, source: string, taken: ReadonlySet<string>): string {
  if (asked === undefined) return defaultName(source, taken);
  if (!NAME_PATTERN.test(asked)) {
    const what = 'not a valid name: letters, digits, ".", "_" and "-", at most 63, beginning with a letter or digit';
    throw new Problem('usage', asked === '' ? '--name' : asked, what, 'Choose another --name');
  }
  if (taken.has(asked)) throw conflict(asked, 'a mount of that name exists', 'Choose another --name');
  return asked;
}

function defaultName(source: string, taken: ReadonlySet<string>): string {
  const plain = basename(source)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 58);
  const base = plain === '' ? 'share' : plain;
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}

function freeHint(other: Placed): string {
  return `Choose another directory, or first: osmofs umount ${other.name}`;
}

function conflict(thing: string, what: string, hint: string): Problem {
  return new Problem('conflict', thing, what, hint);
}
