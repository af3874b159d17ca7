/** `first,key=value,…`, the small language that every hypervisor's options are written in. */
import { VmFailure } from '../failure.js';

/** A value, or true for a key that stands alone. */
export type Value = string | number | true;
export type Pairs = readonly (readonly [key: string, value: Value])[];

/** QEMU's: a comma within a value is written twice (QEMU man page, "-name string1,,string2"). */
export function joinEscaped(first: string, pairs: Pairs): string {
  return [first, ...pairs.map(([key, value]) => pair(key, value))].map((word) => word.replaceAll(',', ',,')).join(',');
}

/** vfkit's and HyperKit's: a comma within a value cannot be written. @throws VmFailure 'bad-config' */
export function joinPlain(first: string, pairs: Pairs): string {
  const words = [first, ...pairs.map(([key, value]) => pair(key, value))];
  for (const word of words) if (word.includes(',')) throw unwritable(word);
  return words.join(',');
}

export function splitEscaped(text: string): Words {
  return words(cutEscaped(text));
}

export function splitPlain(text: string): Words {
  return words(text.split(','));
}

export interface Words {
  readonly first: string;
  readonly pairs: ReadonlyMap<string, string | true>;
}

export function unwritable(word: string): VmFailure {
  return new VmFailure(
    'bad-config',
    word,
    'has a comma, which this hypervisor cannot be told',
    'Use a name without it',
  );
}

function cutEscaped(text: string): string[] {
  const parts = [''];
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== ',') parts[parts.length - 1] += text[at];
    else if (text[at + 1] === ',') {
      parts[parts.length - 1] += ',';
      at++;
    } else parts.push('');
  }
  return parts;
}

function words([first, ...rest]: readonly string[]): Words {
  const pairs = rest.map((word): [string, string | true] => {
    const at = word.indexOf('=');
    return at < 0 ? [word, true] : [word.slice(0, at), word.slice(at + 1)];
  });
  return { first: first ?? '', pairs: new Map(pairs) };
}

function pair(key: string, value: Value): string {
  return value === true ? key : `${key}=${value}`;
}
