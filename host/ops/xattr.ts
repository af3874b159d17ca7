/**
 * Extended attributes: `user.*` only, as the host keeps them. Attributes that osmofs itself writes (owner records) do not
 * exist for the guest. All other names are refused by a rule that the agent knows too and applies first.
 */
import { SELF } from '../../native/os.js';
import { Errno } from '../../protocol/errno.js';
import { FUSE_COMPAT_SETXATTR_IN_SIZE } from '../../protocol/fuse/constants.js';
import { fuse_getxattr_in, fuse_getxattr_out, fuse_setxattr_in } from '../../protocol/fuse/structs.js';
import { refuseXattrName } from '../../protocol/xattr-policy.js';
import { BLOCK, BLOCK_SIZE } from '../arena.js';
import type { Context } from '../context.js';
import { Touch } from '../live/own.js';
import type { Request } from '../request.js';

/** 0 if the guest may use this attribute name, else -errno; `absent` is what a hidden one looks like. */
function checkName(c: Context, at: number, length: number, absent: number): number {
  const refused = refuseXattrName(c.arena.memory, at, length);
  if (refused < 0) return refused;
  return c.ownership.isHidden(c.arena.memory, at, length) ? absent : 0;
}

/** Runs a call on the node's own object. */
function onObject(c: Context, r: Request, call: (fd: number) => number): number {
  const fd = c.take(r.slot);
  if (fd < 0) return fd;
  const result = call(fd);
  c.letGo(fd);
  return result;
}

function replySize(c: Context, r: Request, size: number): number {
  c.arena.words[r.out >> 2] = size;
  c.arena.words[(r.out >> 2) + 1] = 0;
  return fuse_getxattr_out.size;
}

export function getxattr(c: Context, r: Request): number {
  const name = r.arg + fuse_getxattr_in.size;
  const refused = checkName(c, name, r.stringLength(fuse_getxattr_in.size), -Errno.ENODATA);
  if (refused < 0) return refused;
  const capacity = Math.min(r.u32(fuse_getxattr_in.at.size), r.room);
  const size = onObject(c, r, (fd) => c.os.getxattr(fd, SELF, name, r.out, capacity));
  return size >= 0 && capacity === 0 ? replySize(c, r, size) : size;
}

export function listxattr(c: Context, r: Request): number {
  const all = onObject(c, r, (fd) => c.os.listxattr(fd, SELF, BLOCK, BLOCK_SIZE));
  if (all < 0) return all;
  const size = c.ownership.filterList(c.arena.memory, BLOCK, all);
  const capacity = r.u32(fuse_getxattr_in.at.size);
  if (capacity === 0) return replySize(c, r, size);
  if (size > capacity) return -Errno.ERANGE;
  c.arena.memory.copyWithin(r.out, BLOCK, BLOCK + size);
  return size;
}

export function setxattr(c: Context, r: Request): number {
  const fixed = c.longSetxattr ? fuse_setxattr_in.size : FUSE_COMPAT_SETXATTR_IN_SIZE;
  const length = r.stringLength(fixed);
  const name = r.arg + fixed;
  const refused = checkName(c, name, length, -Errno.EPERM);
  if (refused < 0) return refused;
  const size = r.u32(fuse_setxattr_in.at.size);
  const result = onObject(c, r, (fd) =>
    c.os.setxattr(fd, SELF, name, name + length + 1, size, r.u32(fuse_setxattr_in.at.flags) & 3),
  );
  c.live?.touched(r.slot, Touch.ATTRIBUTES, 0);
  return result;
}

export function removexattr(c: Context, r: Request): number {
  const refused = checkName(c, r.arg, r.stringLength(0), -Errno.ENODATA);
  if (refused < 0) return refused;
  const result = onObject(c, r, (fd) => c.os.removexattr(fd, SELF, r.arg));
  c.live?.touched(r.slot, Touch.ATTRIBUTES, 0);
  return result;
}
