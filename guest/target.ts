/** What a mount point must be before it is used, and what is set on it afterwards. All paths are bytes. */
import { constants } from 'node:fs';
import { access, mkdir, realpath, stat, statfs, writeFile } from 'node:fs/promises';
import { Errno } from '../protocol/errno.js';
import { TYPE } from './attach.js';
import { MountFailure } from './failure.js';
import { readMounts, topmost } from './mountinfo.js';

/** Read-ahead of a mount, KiB: as much as one READ may carry. */
const READ_AHEAD = 1024;

/** The real path of a directory one may mount on. @param make it, if it is missing. @throws MountFailure */
export async function checkTarget(target: Uint8Array, make: boolean): Promise<Buffer> {
  if (target[0] !== 0x2f || target.includes(0)) throw new MountFailure(Errno.EINVAL, 'it is not an absolute path');
  if (make) await makeDirectory(Buffer.from(target));
  const point = await resolve(Buffer.from(target));
  if (!(await stat(point)).isDirectory()) throw new MountFailure(Errno.ENOTDIR, 'it is not a directory');
  const mounted = topmost(await readMounts(), point);
  if (mounted?.type === TYPE) {
    throw new MountFailure(Errno.EBUSY, 'an osmofs directory is mounted there already; unmount it first');
  }
  return point;
}

async function makeDirectory(target: Buffer): Promise<void> {
  try {
    await mkdir(target, { recursive: true });
  } catch (error) {
    // A link, whatever it leads to, is looked at by the one who follows it.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    const { errno, message } = MountFailure.from(error);
    throw new MountFailure(errno, `it cannot be made: ${message}`, { cause: error });
  }
}

async function resolve(target: Buffer): Promise<Buffer> {
  try {
    return await realpath(target, { encoding: 'buffer' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw MountFailure.from(error);
    throw new MountFailure(Errno.ENOENT, 'there is no such directory in the guest; create it first', { cause: error });
  }
}

/**
 * A call that may wait for the daemon takes one of libuv's four threads, which the whole process shares; ending the mount
 * that it waits for takes another.
 */
const AT_ONCE = 2;
let asking = 0;
const queue: (() => void)[] = [];

/** Asks the file system something, after INIT; takes as long as the daemon does. @throws MountFailure */
export async function checkAnswers(target: Uint8Array): Promise<void> {
  while (asking >= AT_ONCE) await new Promise<void>((resolve) => queue.push(resolve));
  asking++;
  try {
    await statfs(Buffer.from(target));
  } catch (error) {
    const failure = MountFailure.from(error);
    if (failure.errno !== Errno.ECONNREFUSED) throw failure;
    throw new MountFailure(Errno.EPROTO, 'the kernel does not understand how the daemon answers INIT', {
      cause: error,
    });
  } finally {
    asking--;
    queue.shift()?.();
  }
}

/** @param device `major:minor` of the superblock. Left as it is where this process may not change it. */
export async function setReadAhead(device: string): Promise<void> {
  const file = `/sys/class/bdi/${device}/read_ahead_kb`;
  try {
    await access(file, constants.W_OK);
    await writeFile(file, String(READ_AHEAD));
  } catch {
    // Reading is slower then, nothing else.
  }
}
