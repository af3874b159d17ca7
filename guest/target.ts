/** What a mount point must be before it is used, and what is set on it afterwards. All paths are bytes. */
import { constants } from 'node:fs';
import { access, realpath, stat, writeFile } from 'node:fs/promises';
import { Errno } from '../protocol/errno.js';
import { aside } from './aside.js';
import { TYPE } from './attach.js';
import { MountFailure } from './failure.js';
import { readMounts, topmost } from './mountinfo.js';

/** Read-ahead of a mount, KiB: as much as one READ may carry. */
const READ_AHEAD = 1024;

/** The real path of a directory one may mount on. @throws MountFailure */
export async function checkTarget(target: Uint8Array): Promise<Buffer> {
  if (target[0] !== 0x2f || target.includes(0)) throw new MountFailure(Errno.EINVAL, 'it is not an absolute path');
  const point = await resolve(Buffer.from(target));
  if (!(await stat(point)).isDirectory()) throw new MountFailure(Errno.ENOTDIR, 'it is not a directory');
  const mounted = topmost(await readMounts(), point);
  if (mounted?.type === TYPE) {
    throw new MountFailure(Errno.EBUSY, 'an osmofs directory is mounted there already; unmount it first');
  }
  return point;
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

/** Waits until the file system answers, which it does after INIT; as long as the daemon takes. @throws MountFailure */
export async function answers(target: Uint8Array): Promise<void> {
  const result = await aside({ call: 'statfs', target });
  if (result === -Errno.ECONNREFUSED) {
    throw new MountFailure(Errno.EPROTO, 'the kernel does not understand how the daemon answers INIT');
  }
  if (result < 0) throw MountFailure.of(result, 'the daemon does not serve it');
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
