import { Errno } from '../../protocol/errno.js';
import type { Context } from '../context.js';
import type { Request } from '../request.js';

/** Longest content a symlink can have on either system (PATH_MAX) */
const LONGEST = 4096;

/** READLINK: the content as it is stored, no NUL; resolved by the guest, never here. */
export function readlink(c: Context, r: Request): number {
  const lost = c.locate(r.slot);
  if (lost < 0) return lost;
  const length = c.os.readlink(c.targetFd, c.targetName, r.out, LONGEST);
  // Something else has this name now: the guest looks up again.
  return length === -Errno.EINVAL || length === -Errno.ENOENT ? -Errno.ESTALE : length;
}
