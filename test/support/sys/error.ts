/** System calls of the tests: errors, and the one place where a raw call happens. */
import { constants } from 'node:os';
import { addon, type Word } from '../../native-syscalls/index.js';

const names = new Map(Object.entries(constants.errno).map(([name, number]) => [number as number, name]));
// Synonyms on Linux: keep the names man pages use.
names.set(constants.errno.EAGAIN, 'EAGAIN');
names.set(constants.errno.EOPNOTSUPP, 'EOPNOTSUPP');

/** `ENOENT` for 2; `errno 531` for a number Node does not know. */
export function errnoName(errno: number): string {
  return names.get(errno) ?? `errno ${errno}`;
}

/** A failed system call. `code` is the errno's name, `errno` its number, `syscall` what was called. */
export class SysError extends Error {
  override readonly name = 'SysError';
  constructor(
    readonly syscall: string,
    readonly errno: number,
    readonly detail = '',
  ) {
    super(`${syscall}(${detail}): ${errnoName(errno)}`);
  }
  get code(): string {
    return errnoName(this.errno);
  }
}

function shown(word: Word): string {
  if (typeof word === 'number' || typeof word === 'bigint') return String(word);
  if (word === null) return 'NULL';
  const text = Buffer.from(word.subarray(0, 200)).toString('latin1');
  const end = text.indexOf('\0');
  const printable = (end < 0 ? text : text.slice(0, end)).replace(/[^\x20-\x7e]/g, '.');
  return end > 0 ? JSON.stringify(printable) : `<${word.length} bytes>`;
}

/** Calls `name` with the words. The result, never a bigint: nothing the tests read exceeds 2^53. Throws SysError. */
export function call(name: string, ...words: Word[]): number {
  const result = Number(addon.syscall(addon.numbers[name]!, ...words));
  if (result < 0) throw new SysError(name, -result, words.map(shown).join(', '));
  return result;
}

/** A path as the kernel wants it. A string is UTF-8; a Buffer is taken byte by byte. */
export type Path = string | Uint8Array;

/** The path with its NUL. */
export function path(value: Path): Buffer {
  return Buffer.concat([Buffer.from(value), Buffer.of(0)]);
}
