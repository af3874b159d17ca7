/** Assertions that explain themselves. */
import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { SysError } from './sys.js';

export const equal: <T>(actual: T, expected: T, message?: string) => void = strictEqual;
export const same: (actual: unknown, expected: unknown, message?: string) => void = deepStrictEqual;
export const truthy: (value: unknown, message?: string) => asserts value = ok;

/** The call must fail with that errno; several if systems have the choice. */
export function fails(expected: string | string[], act: () => unknown): void {
  const allowed = ([] as string[]).concat(expected);
  let result: unknown;
  try {
    result = act();
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if (allowed.includes(error.code)) return;
    throw new Error(`expected ${allowed.join(' or ')}, got ${error.code} from ${error.message}`);
  }
  throw new Error(`expected ${allowed.join(' or ')}, but the call succeeded with ${String(result)}`);
}

/** Contents, without printing megabytes: says where they begin to differ. */
export function sameBytes(actual: Uint8Array, expected: Uint8Array | string, what = 'content'): void {
  const wanted = Buffer.from(expected as Uint8Array);
  if (wanted.equals(actual)) return;
  const at = wanted.findIndex((byte, i) => byte !== actual[i]);
  const where = at < 0 ? wanted.length : at;
  const part = (bytes: Uint8Array) => JSON.stringify(Buffer.from(bytes.slice(where, where + 24)).toString('latin1'));
  throw new Error(
    `${what}: ${actual.length} bytes, expected ${wanted.length}; from offset ${where}: ${part(actual)}, expected ${part(wanted)}`,
  );
}

/** Permission and type bits as octal text, which is how people read them. */
export function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0');
}
