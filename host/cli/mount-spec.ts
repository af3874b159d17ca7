/**
 * The grammar of `osmofs mount`:
 *
 *     SRC | SRC:DST | SRC:DST:option[,option…]      or      SRC DST
 *
 * In the first word `\:` is a colon that belongs to a path and `\\` a backslash before one; any other backslash stands
 * for itself. A second word is a path, taken as it is. Without DST the directory appears under its own path.
 */
import {
  CONSISTENCY_MODES,
  type Consistency,
  ID_LIMIT,
  OWNERSHIP_KINDS,
  type OwnershipKind,
} from '../mount-options.js';
import { Problem } from '../problem.js';

/** What options can say, whether written behind the second colon or as flags. */
export interface MountWords {
  readonly consistency?: Consistency;
  readonly ownership?: OwnershipKind;
  readonly uid?: number;
  readonly gid?: number;
  readonly readOnly?: boolean;
}

export interface MountSpec extends MountWords {
  readonly source: string;
  /** undefined: the source's own path */
  readonly target: string | undefined;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** @throws Problem 'usage' */
export function parseMountSpec(text: string, target?: string): MountSpec {
  const parts = splitColons(text);
  const [source, inner, options] = parts;
  if (parts.length > 3) throw usage(text, 'more than two colons', COLON_HINT);
  if (source === '') throw usage(text, 'no source before the colon');
  if (inner === '') throw usage(text, 'no target after the colon');
  if (options === '') throw usage(text, 'no options after the second colon');
  if (inner !== undefined && target !== undefined) {
    throw usage(text, `the target is given twice (${inner}, ${target})`, COLON_HINT);
  }
  if (target === '') throw usage(text, 'the target is empty');
  if (inner !== undefined && options === undefined && isOptionWord(inner)) {
    throw usage(text, `${inner} is an option, not a target`, `For a directory of that name: ./${inner}`);
  }
  return { source: source!, target: inner ?? target, ...(options === undefined ? {} : parseOptions(options, text)) };
}

/** Splits at colons that no backslash protects, and takes the protection off. */
export function splitColons(text: string): string[] {
  const parts = [''];
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    const next = text[at + 1];
    if (character === '\\' && (next === ':' || next === '\\')) {
      parts[parts.length - 1] += next;
      at++;
    } else if (character === ':') {
      parts.push('');
    } else {
      parts[parts.length - 1] += character;
    }
  }
  return parts;
}

/** The options of a spec, in any order; saying the same twice is fine, saying two things is not. */
export function parseOptions(list: string, spec: string): MountWords {
  const words: Mutable<MountWords> = {};
  for (const word of list.split(',')) {
    const said = parseOption(word, spec);
    for (const key of Object.keys(said) as (keyof MountWords)[]) {
      if (words[key] !== undefined && words[key] !== said[key]) {
        throw usage(spec, `${show(key, words[key])} and ${show(key, said[key])} contradict each other`);
      }
    }
    Object.assign(words, said);
  }
  return words;
}

function parseOption(word: string, spec: string): MountWords {
  if (word === 'ro') return { readOnly: true };
  if (word === 'rw') return { readOnly: false };
  const mode = CONSISTENCY_MODES.find((known) => known === word);
  if (mode !== undefined) return { consistency: mode };
  const [key, value] = cut(word);
  const kind = OWNERSHIP_KINDS.find((known) => known === value);
  if (key === 'ownership' && kind !== undefined) return { ownership: kind };
  if (key === 'ownership') throw usage(spec, `ownership=${value ?? ''} is not one of ${OWNERSHIP_KINDS.join(', ')}`);
  if (key === 'uid') return { uid: parseId(value, key, spec) };
  if (key === 'gid') return { gid: parseId(value, key, spec) };
  throw usage(spec, `unknown option ${word === '' ? "''" : word}`, `Known: ${KNOWN_OPTIONS}`);
}

/** A uid or gid in decimal. */
export function parseId(text: string | undefined, key: 'uid' | 'gid', thing: string): number {
  const value = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= ID_LIMIT)) throw usage(thing, `${key} must be a number of 0 to ${ID_LIMIT}`);
  return value;
}

/** Options and flags together. @throws Problem 'usage' where they contradict each other or make no sense together */
export function mergeWords(spec: MountSpec, flags: MountWords, thing: string): MountSpec {
  for (const key of Object.keys(flags) as (keyof MountWords)[]) {
    if (spec[key] !== undefined && flags[key] !== undefined && spec[key] !== flags[key]) {
      throw usage(thing, `${show(key, spec[key])} in the options contradicts ${show(key, flags[key])} of the flags`);
    }
  }
  const merged: MountSpec = { ...spec, ...flags };
  const owner = merged.uid !== undefined ? 'uid' : merged.gid !== undefined ? 'gid' : undefined;
  if (owner !== undefined && merged.ownership === 'host') {
    throw usage(thing, `${owner} has no meaning with ownership=host`, 'Use ownership=strict');
  }
  return merged;
}

const KNOWN_OPTIONS = `ro, rw, ${CONSISTENCY_MODES.join(', ')}, ownership=${OWNERSHIP_KINDS.join('|')}, uid=N, gid=N`;
const COLON_HINT = 'A colon in a path is written \\:';

function isOptionWord(text: string): boolean {
  return text === 'ro' || text === 'rw' || CONSISTENCY_MODES.some((mode) => mode === text);
}

function show(key: keyof MountWords, value: MountWords[keyof MountWords]): string {
  if (key === 'readOnly') return value ? 'ro' : 'rw';
  return key === 'consistency' ? String(value) : `${key}=${value}`;
}

function cut(word: string): [key: string, value: string | undefined] {
  const at = word.indexOf('=');
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

function usage(spec: string, what: string, hint = 'See: osmofs mount --help'): Problem {
  return new Problem('usage', spec, what, hint);
}
