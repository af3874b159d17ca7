/**
 * Mounting as an ordinary user: fusermount3(1), the set-user-id program of the package fuse3, opens /dev/fuse, mounts it
 * and hands the descriptor over through a socket whose number it finds in _FUSE_COMMFD.
 */
import { spawn } from 'node:child_process';
import { os } from '../native/index.js';
import { Errno } from '../protocol/errno.js';
import { descriptorPair } from './descriptor-pair.js';
import { MountFailure } from './failure.js';

const PROGRAM = 'fusermount3';
/** Descriptor of the socket in the program. */
const COMMFD = 3;

export interface UserMountOptions {
  readonly source: string;
  readonly subtype: string;
  readonly readOnly: boolean;
  readonly defaultPermissions: boolean;
  readonly allowOther: boolean;
  /** bytes */
  readonly maxRead: number;
}

/** @returns descriptor of /dev/fuse. @throws MountFailure */
export async function userMount(target: Uint8Array, options: UserMountOptions): Promise<number> {
  const [ours, theirs] = socketPair();
  try {
    const ended = run(['-o', optionString(options), '--', pathArgument(target)], theirs);
    const { code, complaint } = await ended;
    if (code !== 0) throw refusal(complaint);
    // The descriptor is in the socket by now: this does not wait.
    const fd = os.receiveDescriptor(ours);
    if (fd < 0) throw MountFailure.of(fd, `${PROGRAM} has handed over no descriptor`);
    return fd;
  } finally {
    os.close(ours);
    os.close(theirs);
  }
}

/** @throws MountFailure */
export async function userUnmount(target: Uint8Array, lazy: boolean): Promise<void> {
  const { code, complaint } = await run(['-u', ...(lazy ? ['-z'] : []), '--', pathArgument(target)]);
  if (code !== 0) throw refusal(complaint);
}

/** Commas separate options, so the one value that people choose is escaped as the program unescapes it. */
export function optionString(options: UserMountOptions): string {
  const list = [
    `fsname=${options.source.replace(/[\\,]/g, '\\$&')}`,
    `subtype=${options.subtype}`,
    `max_read=${options.maxRead}`,
    options.readOnly ? 'ro' : 'rw',
  ];
  if (options.defaultPermissions) list.push('default_permissions');
  if (options.allowOther) list.push('allow_other');
  return list.join(',');
}

/** Arguments of a new process are text for Node; a path that is not UTF-8 would reach the program as another path. */
function pathArgument(target: Uint8Array): string {
  const text = Buffer.from(target).toString();
  if (!Buffer.from(text).equals(target)) {
    throw new MountFailure(Errno.EILSEQ, `the path is not valid UTF-8, which ${PROGRAM} would need; mount as root`);
  }
  return text;
}

interface Ended {
  readonly code: number | null;
  /** last line it wrote on stderr */
  readonly complaint: string;
}

async function run(args: readonly string[], commFd?: number): Promise<Ended> {
  return await new Promise<Ended>((resolve, reject) => {
    const environment = { PATH: process.env.PATH, LC_ALL: 'C', _FUSE_COMMFD: String(COMMFD) };
    const child = spawn(PROGRAM, args, {
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe', commFd ?? 'ignore'],
    });
    let text = '';
    child.stderr!.setEncoding('utf8').on('data', (part: string) => {
      text = (text + part).slice(-4096);
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      const missing = `${PROGRAM} is missing: mounting as an ordinary user needs it; install the package fuse3`;
      reject(error.code === 'ENOENT' ? new MountFailure(Errno.ENOENT, missing) : MountFailure.from(error));
    });
    child.on('close', (code) => resolve({ code, complaint: text.trim().split('\n').at(-1) ?? '' }));
  });
}

function refusal(complaint: string): MountFailure {
  const text = complaint === '' ? `${PROGRAM} failed without a word` : complaint;
  if (/user_allow_other/.test(text)) return new MountFailure(Errno.EPERM, text);
  if (/busy/i.test(text)) return new MountFailure(Errno.EBUSY, text);
  if (/not found|No such/i.test(text)) return new MountFailure(Errno.ENOENT, text);
  return new MountFailure(Errno.EACCES, text);
}

function socketPair(): readonly [number, number] {
  const pair = descriptorPair((at) => os.socketPair(at));
  if (typeof pair === 'number') throw MountFailure.of(pair, 'cannot make a socket');
  return pair;
}
