/** Operations that make a name: MKNOD, MKDIR, SYMLINK, LINK. */
import { SELF } from '../../native/os.js';
import { Errno } from '../../protocol/errno.js';
import { fuse_link_in, fuse_mkdir_in, fuse_mknod_in } from '../../protocol/fuse/structs.js';
import { S_IFDIR, S_IFLNK, S_IFMT } from '../../protocol/linux.js';
import { PARENT_STAT_AT, STAT_AT } from '../arena.js';
import type { Context } from '../context.js';
import { replyEntry } from '../reply.js';
import type { Request } from '../request.js';

/**
 * The directory of a new name as a base descriptor, with its reported STAT at PARENT_STAT_AT for the ownership of what
 * is made in it. -errno on failure.
 */
export function parentOf(c: Context, r: Request): number {
  if (!c.isDirectory(r.slot)) return -Errno.ENOTDIR;
  const base = c.directory(r.slot);
  if (base < 0) return base;
  const failed = c.inspect.look(base, SELF);
  if (failed < 0) return failed;
  c.ownership.report(base, SELF, STAT_AT, r.slot, r.uid, r.gid);
  c.arena.memory.copyWithin(PARENT_STAT_AT, STAT_AT, STAT_AT + 120);
  return base;
}

/** MKNOD: regular files, FIFOs and sockets; device nodes are refused (EPERM). */
export function mknod(c: Context, r: Request): number {
  const nameOff = fuse_mknod_in.size;
  const length = r.nameLength(nameOff);
  if (length < 0) return length;
  const mode = r.u32(fuse_mknod_in.at.mode);
  const base = parentOf(c, r);
  if (base < 0) return base;
  const failed = c.os.mknod(base, r.arg + nameOff, mode);
  return failed < 0 ? failed : made(c, r, base, nameOff, length, mode);
}

export function mkdir(c: Context, r: Request): number {
  const nameOff = fuse_mkdir_in.size;
  const length = r.nameLength(nameOff);
  if (length < 0) return length;
  const mode = r.u32(fuse_mkdir_in.at.mode) & 0o7777;
  const base = parentOf(c, r);
  if (base < 0) return base;
  const failed = c.os.mkdir(base, r.arg + nameOff, mode);
  return failed < 0 ? failed : made(c, r, base, nameOff, length, mode | S_IFDIR);
}

/** SYMLINK: the name, then the content, any bytes but NUL; never interpreted here. */
export function symlink(c: Context, r: Request): number {
  const length = r.nameLength(0);
  if (length < 0) return length;
  const content = r.arg + r.stringLength(0) + 1;
  const base = parentOf(c, r);
  if (base < 0) return base;
  const failed = c.os.symlink(content, base, r.arg);
  return failed < 0 ? failed : made(c, r, base, 0, length, S_IFLNK | 0o777);
}

function made(c: Context, r: Request, base: number, nameOff: number, length: number, mode: number): number {
  const name = r.arg + nameOff;
  let failed = c.ownership.created(base, name, mode, r.uid, r.gid, PARENT_STAT_AT);
  if (failed < 0) {
    c.live?.removed(r.slot, name, length);
    if ((mode & S_IFMT) === S_IFDIR) c.os.rmdir(base, name);
    else c.os.unlink(base, name);
    return failed;
  }
  failed = c.inspect.look(base, name);
  if (failed < 0) return failed;
  const slot = c.enter(r.slot, name, length);
  c.live?.made(r.slot, name, length, slot);
  return replyEntry(c, r, slot, base, name);
}

/** LINK: a further name for the node's very object. */
export function link(c: Context, r: Request): number {
  const nameOff = fuse_link_in.size;
  const length = r.nameLength(nameOff);
  if (length < 0) return length;
  const old = c.nodes.slotOf(r.u32(fuse_link_in.at.oldnodeid), r.u32(fuse_link_in.at.oldnodeid + 4));
  if (old < 0) return -Errno.ESTALE;
  if (c.isDirectory(old)) return -Errno.EPERM;
  const base = c.directory(r.slot);
  if (base < 0) return base;
  const fd = c.take(old);
  if (fd < 0) return fd;
  const failed = c.os.link(fd, base, r.arg + nameOff);
  c.letGo(fd);
  if (failed < 0) return failed;
  const lost = c.inspect.look(base, r.arg + nameOff);
  if (lost < 0) return lost;
  const slot = c.enter(r.slot, r.arg + nameOff, length);
  c.live?.made(r.slot, r.arg + nameOff, length, slot);
  return replyEntry(c, r, slot, base, r.arg + nameOff);
}
