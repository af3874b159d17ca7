/** The agent's command line. The token is never on it: any process may read it there. */
import { parseArgs } from 'node:util';
import type { Address } from './address.js';
import { LinkError, parseAddress } from './address.js';

export const USAGE = `usage: osmofs-agent --connect ADDRESS (--token-fd N | --token-file FILE) --guest NAME [--vm] [--power-off PROGRAM]
  --connect ADDRESS   where the daemon listens: unix:/path or vsock:CID:PORT
  --token-fd N        descriptor to read the token from, until its end
  --token-file FILE   file to read the token from
  --guest NAME        what the daemon calls this guest
  --vm                the guest is the daemon's: run programs for it, make directories to mount on, wait for it while it is
                      away, clear away the mounts of an agent that was killed; with vsock always
  --power-off PROGRAM how to switch the guest off for the daemon; with vsock poweroff`;

export interface Arguments {
  readonly address: Address;
  /** a descriptor number, or the path of a file */
  readonly token: number | string;
  readonly guest: string;
  /** the guest is a virtual machine of the daemon's */
  readonly vm: boolean;
  /** what switches it off; undefined: nobody may */
  readonly powerOff: string | undefined;
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
  const vsock = address.kind === 'vsock';
  const powerOff = values['power-off'] ?? (vsock ? 'poweroff' : undefined);
  const fixed = { address, guest, vm: vsock || values.vm === true, powerOff };
  if (values['token-fd'] !== undefined) return { ...fixed, token: descriptorOf(values['token-fd']) };
  return { ...fixed, token: required(values['token-file'], '--token-fd or --token-file') };
}

function parseOptions(argv: readonly string[]) {
  const option = { type: 'string' } as const;
  const options = {
    connect: option,
    guest: option,
    'token-fd': option,
    'token-file': option,
    vm: { type: 'boolean' },
    'power-off': option,
  } as const;
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
