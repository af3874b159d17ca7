import { SELF, TIMES } from '../../native/os.js';
import { Errno } from '../../protocol/errno.js';
import * as F from '../../protocol/fuse/flags.js';
import { fuse_setattr_in } from '../../protocol/fuse/structs.js';
import { O_WRONLY, S_IFREG } from '../../protocol/linux.js';
import { SMALL, STAT_AT } from '../arena.js';
import type { Context } from '../context.js';
import { Access } from '../held/shared.js';
import { Touch } from '../live/own.js';
import { replyAttr } from '../reply.js';
import type { Request } from '../request.js';
import { Field } from '../snapshot/snapshots.js';

const IN = fuse_setattr_in.at;
const UNCHANGED = 0xffff_ffff;

/**
 * SETATTR: chmod, chown, truncate and utimes in one request, applied to the very inode (an object descriptor), never to
 * whatever now has its name. Order: owner, mode, size, times: chown clears set-id bits that a mode in the same request sets, and
 * explicit times must survive the truncation.
 */
export function setattr(c: Context, r: Request): number {
  const valid = r.u32(IN.valid);
  // Before anything is taken: it may have to be opened.
  const open = valid & F.FATTR_SIZE ? handleToTruncate(c, r, valid) : NO_HANDLE;
  if (open < NO_HANDLE) return open;
  const fd = c.take(r.slot);
  if (fd < 0) return fd;
  let result: number;
  try {
    result = apply(c, r, fd, valid, open);
  } finally {
    c.letGo(fd);
  }
  if (c.live !== undefined) noted(c, r.slot, valid);
  if (result < 0) return result;
  const failed = c.report(r.slot, r);
  return failed < 0 ? failed : replyAttr(c, r);
}

/** Also of a request that failed half-way. */
function noted(c: Context, slot: number, valid: number): void {
  const sized = (valid & F.FATTR_SIZE) !== 0;
  const timed = (valid & (F.FATTR_ATIME | F.FATTR_MTIME | F.FATTR_ATIME_NOW | F.FATTR_MTIME_NOW)) !== 0;
  const touch = Touch.ATTRIBUTES | (sized ? Touch.CONTENT | Touch.CLOSED : 0) | (timed ? Touch.CONTENT : 0);
  const fields = Field.MODE | Field.OWNER | (sized ? Field.SIZE | Field.MTIME : 0) | (timed ? Field.MTIME : 0);
  c.live?.touched(slot, touch, fields);
}

function apply(c: Context, r: Request, fd: number, valid: number, open: number): number {
  let result = 0;
  if (valid & (F.FATTR_UID | F.FATTR_GID)) {
    result = reported(c, r, fd);
    if (result < 0) return result;
    const uid = valid & F.FATTR_UID ? r.u32(IN.uid) : UNCHANGED;
    const gid = valid & F.FATTR_GID ? r.u32(IN.gid) : UNCHANGED;
    result = c.ownership.chown(fd, r.slot, uid, gid, STAT_AT);
    if (result < 0) return result;
  }
  if (valid & F.FATTR_MODE) {
    result = reported(c, r, fd);
    if (result < 0) return result;
    result = c.ownership.chmod(fd, r.slot, r.u32(IN.mode) & 0o7777, STAT_AT);
    if (result < 0) return result;
  }
  if (valid & F.FATTR_SIZE) {
    result = truncate(c, r, fd, valid, open);
    if (result < 0) return result;
  }
  if (valid & (F.FATTR_ATIME | F.FATTR_MTIME | F.FATTR_ATIME_NOW | F.FATTR_MTIME_NOW)) result = utimes(c, r, fd, valid);
  return result;
}

function reported(c: Context, r: Request, fd: number): number {
  const failed = c.inspect.look(fd, SELF);
  if (failed === 0) c.ownership.report(fd, SELF, STAT_AT, r.slot, r.uid, r.gid);
  return failed;
}

const NO_HANDLE = -1;

/**
 * The open file of ftruncate(2), or -errno. Where the guest opens nothing, one is used for truncate(2) and O_TRUNC as well: what is
 * written next goes through it, and the host's watchers are not told of an end in between.
 */
function handleToTruncate(c: Context, r: Request, valid: number): number {
  if (c.nodes.type[r.slot] !== S_IFREG) return c.isDirectory(r.slot) ? -Errno.EISDIR : -Errno.EINVAL;
  if (valid & F.FATTR_FH) return c.openHandle(r.slot, r.u32(IN.fh), r.u32(IN.fh + 4), Access.WRITE);
  return c.noOpen ? c.files.hold(r.slot, Access.WRITE) : NO_HANDLE;
}

function truncate(c: Context, r: Request, fd: number, valid: number, open: number): number {
  const sizeOff = r.arg + IN.size;
  let result: number;
  if (open >= 0) {
    result = c.os.truncate(c.handles.fd[open], sizeOff);
  } else {
    const writable = c.withRetry(() => c.os.reopen(fd, O_WRONLY));
    if (writable < 0) return writable;
    result = c.os.truncate(writable, sizeOff);
    c.os.close(writable);
  }
  if (result === 0 && valid & F.FATTR_KILL_SUIDGID) result = c.ownership.killSetId(fd, r.slot);
  return result;
}

function utimes(c: Context, r: Request, fd: number, valid: number): number {
  time(c, r, SMALL + TIMES.atime, valid, F.FATTR_ATIME, F.FATTR_ATIME_NOW, IN.atime, IN.atimensec);
  time(c, r, SMALL + TIMES.mtime, valid, F.FATTR_MTIME, F.FATTR_MTIME_NOW, IN.mtime, IN.mtimensec);
  return c.os.utimens(fd, SMALL);
}

function time(
  c: Context,
  r: Request,
  at: number,
  valid: number,
  set: number,
  now: number,
  seconds: number,
  nanoseconds: number,
): void {
  const w = c.arena.words;
  w[at >> 2] = r.u32(seconds);
  w[(at >> 2) + 1] = r.u32(seconds + 4);
  w[(at >> 2) + 2] = r.u32(nanoseconds);
  w[(at >> 2) + 3] = valid & now ? TIMES.NOW : valid & set ? TIMES.SET : TIMES.OMIT;
}
