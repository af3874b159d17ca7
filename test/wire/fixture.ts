/**
 * Fixtures of FUSE messages: text files of hexadecimal bytes with comments.
 *
 * ```
 * # LOOKUP: a name below the root          what the message is
 * #! request LOOKUP                        its kind and operation, and words that the test understands
 * 32 00 00 00  # fuse_in_header.len = 50   bytes, and what they mean: a member of a struct and its value
 * 61 00        # name = "a"                a name with its NUL
 * ```
 *
 * Meanings were written by a program that knows nothing of protocol/, so a test that compares them with the mirror says
 * something. Values are decimal, 0x, 0o, or `zero` for an array of nothing else; texts are escaped as `toEscapes` does.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { concat } from '../../protocol/bytes.js';

export interface Line {
  readonly bytes: Uint8Array;
  /** `fuse_in_header.len`, `name`, `bytes`, `entry`, `padding` … */
  readonly key: string;
  /** As written behind the equals sign, without quotes; empty if there is none. */
  readonly value: string;
}

export interface Fixture {
  readonly file: string;
  readonly kind: 'request' | 'reply' | 'notification';
  /** Name of the operation or of the notification. */
  readonly operation: string;
  readonly words: readonly string[];
  readonly lines: readonly Line[];
  readonly message: Uint8Array;
}

// The compiled test lies in dist/test/wire, the fixtures do not.
const directory = new URL('../../../test/wire/', import.meta.url);

/** All fixtures of a folder (`requests`, `replies`, `notifications`), by file name. */
export function readFixtures(folder: string): Fixture[] {
  const files = readdirSync(new URL(`${folder}/`, directory)).filter((file) => file.endsWith('.hex'));
  return files.sort().map((file) => parseFixture(file, readFileSync(new URL(`${folder}/${file}`, directory), 'utf8')));
}

export function parseFixture(file: string, text: string): Fixture {
  const lines: Line[] = [];
  let directive: string[] | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('#!')) directive = line.slice(2).trim().split(/\s+/);
    if (line.startsWith('#') || line.trim() === '') continue;
    const match = /^((?:[0-9a-f]{2} ?)+) *# (\S+?)(?: = "?(.*?)"?)?$/.exec(line);
    if (match === null) throw new Error(`${file}:${index + 1}: not bytes and a meaning: ${line}`);
    lines.push({
      bytes: Uint8Array.from(Buffer.from(match[1]!.replaceAll(' ', ''), 'hex')),
      key: match[2]!,
      value: match[3] ?? '',
    });
  }
  const [kind, operation, ...words] = directive ?? [];
  if ((kind !== 'request' && kind !== 'reply' && kind !== 'notification') || operation === undefined) {
    throw new Error(`${file}: does not say what it is`);
  }
  return { file, kind, operation, words, lines, message: concat(lines.map((line) => line.bytes)) };
}
