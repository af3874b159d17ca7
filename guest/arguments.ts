/** The agent's command line. The token is never on it: any process may read it there. */
import { parseArgs } from 'node:util';
import type { Address } from './address.js';
import { LinkError, parseAddress } from './address.js';

export const USAGE = `usage: osmofs-agent --connect ADDRESS (--token-fd N | --token-file FILE) --guest NAME
  --connect ADDRESS   where the daemon listens: unix:/path
  --token-fd N        descriptor to read the token from, until its end
  --token-file FILE   file to read the token from
  --guest NAME        what the daemon calls this guest`;

export interface Arguments {
  readonly address: Address;
  /** a descriptor number, or the path of a file */
  readonly token: number | string;
  readonly guest: string;
}

/** One line that says what is wrong with the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError */
export function parseArguments(argv: readonly string[]): Arguments {
  const values = parseOptions(argv);
  const address = addressOf(required(values.connect, '--connect'));
  const guest = required(values.guest, '--guest');
  if (values['token-fd'] !== undefined && values['token-file'] !== undefined) {
    throw new UsageError('--token-fd and --token-file exclude each other');
  }
  if (values['token-fd'] !== undefined) return { address, guest, token: descriptorOf(values['token-fd']) };
  return { address, guest, token: required(values['token-file'], '--token-fd or --token-file') };
}

function parseOptions(argv: readonly string[]) {
  const option = { type: 'string' } as const;
  const options = { connect: option, guest: option, 'token-fd': option, 'token-file': option };
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(firstLine(error));
  }
}

function required(value: string | undefined, name: string): string {
  if (value === undefined || value === '') throw new UsageError(`${name} is missing`);
  return value;
}

function addressOf(text: string): Address {
  try {
    return parseAddress(text);
  } catch (error) {
    if (error instanceof LinkError) throw new UsageError(error.message);
    throw error;
  }
}

function descriptorOf(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new UsageError(`--token-fd: ${text} is not a descriptor number`);
  return Number(text);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0]!;
}
