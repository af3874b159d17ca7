/** Operations that wait for storage: FLUSH, FSYNC, FSYNCDIR, SYNCFS. All but FLUSH go to the pool, which answers them. */
import { SlowOp } from '../../native/os.js';
import { Errno } from '../../protocol/errno.js';
import { FUSE_FSYNC_FDATASYNC } from '../../protocol/fuse/flags.js';
import { fuse_flush_in, fuse_fsync_in } from '../../protocol/fuse/structs.js';
import { O_ACCMODE, O_DIRECTORY, O_RDONLY } from '../../protocol/linux.js';
import type { Context } from '../context.js';
import { Access } from '../held/shared.js';
import { Touch } from '../live/own.js';
import { DEFERRED, type Request } from '../request.js';
import { HandleKind } from '../state/handles.js';
import { catchUp } from './locks.js';

const FLUSH = fuse_flush_in.at;
const FSYNC = fuse_fsync_in.at;

/**
 * FLUSH: a descriptor of the file was closed. POSIX drops the closing process's locks on it; and a host file system that reports
 * late write errors does so at close(2), so a duplicate is closed to hear of them.
 *
 * Where the guest opens nothing there are no locks here; and once answered ENOSYS, FLUSH is not sent any more.
 */
export function flush(c: Context, r: Request): number {
  if (c.noOpen) return c.flushes ? flushNode(c, r.slot) : -Errno.ENOSYS;
  const handle = c.handles.slotFor(r.u32(FLUSH.fh), r.u32(FLUSH.fh + 4), HandleKind.FILE, r.slot);
  if (handle < 0) return -Errno.EBADF;
  catchUp(c);
  // Descriptors that held the locks, open for writing, may be closed with them.
  if (c.locks.size > 0) c.live?.own.touch(r.slot, Touch.CLOSED);
  c.locks.closed(r.slot, r.u32(FLUSH.lock_owner), r.u32(FLUSH.lock_owner + 4));
  if ((c.handles.flags[handle] & O_ACCMODE) === O_RDONLY) return 0;
  return closeCopy(c, handle);
}

function flushNode(c: Context, node: number): number {
  return c.files.has(node, Access.WRITE) ? closeCopy(c, c.files.hold(node, Access.WRITE)) : 0;
}

function closeCopy(c: Context, handle: number): number {
  const copy = c.os.duplicate(c.handles.fd[handle]);
  return copy < 0 ? 0 : c.os.close(copy);
}

function submitSync(c: Context, r: Request, handle: number): number {
  const op = r.u32(FSYNC.fsync_flags) & FUSE_FSYNC_FDATASYNC ? SlowOp.FDATASYNC : SlowOp.FSYNC;
  return submit(c, r, op, handle, -1, r.arg);
}

/** Whether the request says no handle, and none is needed. */
function isByNode(c: Context, r: Request): boolean {
  return c.noOpen && r.u32(FSYNC.fh) === 0 && r.u32(FSYNC.fh + 4) === 0;
}

export function fsync(c: Context, r: Request): number {
  if (!isByNode(c, r)) return syncHandle(c, r, HandleKind.FILE);
  const held = c.files.holdAny(r.slot);
  return held < 0 ? held : submitSync(c, r, held);
}

export function fsyncdir(c: Context, r: Request): number {
  if (!isByNode(c, r)) return syncHandle(c, r, HandleKind.DIRECTORY);
  const base = c.isDirectory(r.slot) ? c.directory(r.slot) : -Errno.ENOTDIR;
  const fd = base < 0 ? base : c.withRetry(() => c.os.reopen(base, O_RDONLY | O_DIRECTORY));
  if (fd < 0) return fd;
  const handle = c.handles.add(fd, HandleKind.DIRECTORY, r.slot, O_RDONLY);
  if (handle < 0) c.os.close(fd);
  if (handle < 0) return handle;
  const result = submitSync(c, r, handle);
  // The pool closes it with its pin.
  c.handles.release(handle);
  return result;
}

function syncHandle(c: Context, r: Request, kind: number): number {
  const handle = c.handles.slotFor(r.u32(FSYNC.fh), r.u32(FSYNC.fh + 4), kind, r.slot);
  return handle < 0 ? -Errno.EBADF : submitSync(c, r, handle);
}

export function syncfs(c: Context, r: Request): number {
  // The root is held by an O_PATH descriptor, which syncfs(2) refuses; the pool closes what it gets here.
  const fd = c.withRetry(() => c.os.reopen(c.rootFd, 0));
  if (fd < 0) return fd;
  const failed = c.os.laneSubmit(c.lane, SlowOp.SYNCFS_FD, r.uniqueOff, fd, -1, r.arg);
  if (failed === 0) return DEFERRED;
  c.os.close(fd);
  return failed;
}

/** Pins the slots for the pool and hands the operation over; the pool unpins and answers. */
export function submit(c: Context, r: Request, op: number, a: number, b: number, argsOff: number): number {
  const handles = c.handles;
  let failed = c.os.slotPin(a, handles.generation[a]);
  if (failed < 0) return failed;
  if (b >= 0) {
    failed = c.os.slotPin(b, handles.generation[b]);
    if (failed < 0) {
      c.os.slotUnpin(a);
      return failed;
    }
  }
  failed = c.os.laneSubmit(c.lane, op, r.uniqueOff, a, b, argsOff);
  if (failed === 0) return DEFERRED;
  c.os.slotUnpin(a);
  if (b >= 0) c.os.slotUnpin(b);
  return failed;
}
