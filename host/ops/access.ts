import { Errno } from '../../protocol/errno.js';
import { fuse_access_in } from '../../protocol/fuse/structs.js';
import { S_IFLNK } from '../../protocol/linux.js';
import type { Context } from '../context.js';
import type { Request } from '../request.js';

/**
 * ACCESS: access(2) and chdir(2) on superblocks without default_permissions (ownership `caller`), where the host's
 * permission bits decide for the daemon's user. The kernel never asks when it decides itself.
 */
export function access(c: Context, r: Request): number {
  const lost = c.look(r.slot);
  if (lost < 0) return lost;
  // A symlink has no permissions of its own; the guest resolves it.
  if (c.nodes.type[r.slot] === S_IFLNK) return 0;
  const failed = c.os.access(c.targetFd, c.targetName, r.u32(fuse_access_in.at.mask) & 7);
  return failed === -Errno.ENOENT ? -Errno.ESTALE : failed;
}
