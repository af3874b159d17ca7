/** The secret that proves this agent may talk to the daemon. It comes through a descriptor or a file, nothing else. */
import { closeSync, readFileSync } from 'node:fs';
import { TOKEN_BYTES } from '../protocol/version.js';
import { UsageError } from './arguments.js';

/** @param from descriptor (read to its end and closed) or path. @throws UsageError without the token in its text */
export function readToken(from: number | string): Uint8Array {
  const place = typeof from === 'number' ? `--token-fd ${from}` : `--token-file ${from}`;
  let content: Buffer;
  try {
    content = readFileSync(from);
    if (typeof from === 'number') closeSync(from);
  } catch (error) {
    throw new UsageError(`${place}: the token cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const token = parseToken(content);
  if (token === undefined) throw new UsageError(`${place}: there is no token in it`);
  return token;
}

/** The bytes themselves, or their hexadecimal digits with white space around them. */
export function parseToken(content: Uint8Array): Uint8Array | undefined {
  if (content.length === TOKEN_BYTES) return Uint8Array.from(content);
  const text = Buffer.from(content).toString('latin1').trim();
  if (text.length !== 2 * TOKEN_BYTES || !/^[0-9a-f]+$/i.test(text)) return undefined;
  return Uint8Array.from(Buffer.from(text, 'hex'));
}
