/** Whether what a look saw is what one of the states would show. */
import { describeBytes } from './content.js';
import type { Facet, FileState, State, Version } from './history.js';
import type { Kind, Seen, StatSeen } from './steps.js';

function kindOf(state: NonNullable<State>): Kind {
  return state.kind === 'loose' ? 'file' : state.kind;
}

function statFits(state: State, { error, stat }: Seen): boolean {
  if (state === null) return error === 'ENOENT';
  if (stat === undefined || stat.kind !== kindOf(state)) return false;
  switch (state.kind) {
    case 'loose':
      return stat.size <= Math.max(0, ...state.parts.map(({ length }) => length));
    case 'directory':
      return stat.mode === state.mode;
    case 'symlink':
      return stat.size === state.target.length && timeFits(state, stat);
    case 'file':
      return (
        stat.mode === state.mode &&
        stat.nlink === state.nlink &&
        stat.size === state.bytes.length &&
        timeFits(state, stat)
      );
  }
}

function timeFits({ mtime }: { mtime: string | undefined }, stat: StatSeen): boolean {
  return mtime === undefined || mtime === stat.mtime;
}

function readFits(state: State, { error, bytes }: Seen): boolean {
  if (state === null) return error === 'ENOENT';
  if (state.kind === 'symlink') return error === 'ELOOP';
  if (state.kind === 'directory') return error === 'EISDIR';
  return state.kind === 'file' && bytes !== undefined && state.bytes.equals(Buffer.from(bytes, 'base64'));
}

function linkFits(state: State, { error, target }: Seen): boolean {
  if (state === null) return error === 'ENOENT';
  return state.kind === 'symlink' ? target === state.target : error === 'EINVAL';
}

/** For `list`, what is asked is one name: `names` holds it or not. */
function fits(facet: Facet, state: State, seen: Seen, name: string): boolean {
  if (facet === 'stat') return statFits(state, seen);
  if (facet === 'read') return readFits(state, seen);
  if (facet === 'readlink') return linkFits(state, seen);
  const kind = seen.names?.[name];
  return state === null ? kind === undefined : kind === kindOf(state);
}

/**
 * Whether each byte is one that some state of that file has at its place: what a reader may get while somebody writes in
 * place, since reads and writes are not atomic with respect to each other. Where the file is being cut, also zero: a page loses its end
 * a moment before the file's size follows, on a local file system as well.
 */
function mixed(versions: readonly Version[], { bytes }: Seen): Version | undefined {
  if (bytes === undefined) return undefined;
  const got = Buffer.from(bytes, 'base64');
  const groups = new Map<number, { first: Version; parts: Buffer[] }>();
  for (const version of versions) {
    const { state } = version;
    if (state?.kind !== 'file' && state?.kind !== 'loose') continue;
    const group = groups.get(state.number) ?? { first: version, parts: [] };
    group.parts.push(...(state.kind === 'file' ? [state.bytes] : state.parts));
    groups.set(state.number, group);
  }
  for (const { first, parts } of groups.values()) {
    if (got.length > Math.max(...parts.map(({ length }) => length))) continue;
    const shortest = Math.min(...parts.map(({ length }) => length));
    if (got.every((byte, at) => (byte === 0 && at >= shortest) || parts.some((part) => part[at] === byte)))
      return first;
  }
  return undefined;
}

/** The earliest of the versions that explains what was seen; undefined if none does. */
export function explain(facet: Facet, versions: readonly Version[], seen: Seen, name: string): Version | undefined {
  const exact = versions.find(({ state }) => fits(facet, state, seen, name));
  if (exact !== undefined || facet !== 'read' || versions.length < 2) return exact;
  return mixed(versions, seen);
}

export function describeState(state: State): string {
  if (state === null) return 'nothing';
  if (state.kind === 'loose') return `file #${state.number} being written`;
  if (state.kind === 'directory') return `directory, mode ${state.mode.toString(8)}`;
  const time = `mtime ${state.mtime ?? '?'}`;
  if (state.kind === 'symlink') return `symlink to ${state.target}, ${time}`;
  return `file #${state.number}, mode ${state.mode.toString(8)}, links ${state.nlink}, ${time}, ${describeBytes(state.bytes)}`;
}

export function describeSeen(facet: Facet, seen: Seen, name: string): string {
  if (facet === 'list')
    return seen.error ?? (seen.names?.[name] === undefined ? 'no such name' : `a ${seen.names[name]}`);
  if (seen.error !== undefined) return seen.error;
  if (seen.stat !== undefined && facet === 'stat') {
    const { kind, mode, nlink, size, mtime } = seen.stat;
    return `${kind}, mode ${mode.toString(8)}, links ${nlink}, mtime ${mtime}, ${size} bytes`;
  }
  if (seen.bytes !== undefined) return describeBytes(Buffer.from(seen.bytes, 'base64'));
  return seen.target ?? 'nothing';
}

/** What is different between the host's stat and what a finished operation must have left; undefined if nothing. */
export function hostDiffers(state: State, seen: Seen): string | undefined {
  if (statFits(state, seen)) return undefined;
  return `the host has ${describeSeen('stat', seen, '')}, not ${describeState(state)}`;
}

export function isFile(state: State): state is FileState {
  return state?.kind === 'file';
}
