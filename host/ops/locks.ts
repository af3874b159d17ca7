/** Locks: GETLK, SETLK, SETLKW for POSIX and OFD record locks and (FUSE_LK_FLOCK) for flock(2); INTERRUPT of a wait. */
import { SlowOp } from '../../native/os.js';
import { Errno } from '../../protocol/errno.js';
import { FUSE_LK_FLOCK } from '../../protocol/fuse/flags.js';
import { fuse_interrupt_in, fuse_lk_in, fuse_lk_out } from '../../protocol/fuse/structs.js';
import { F_RDLCK, F_UNLCK, F_WRLCK, O_ACCMODE, O_RDWR } from '../../protocol/linux.js';
import { BLOCK, SMALL } from '../arena.js';
import type { Context } from '../context.js';
import { DEFERRED, NO_REPLY, type Request } from '../request.js';
import { HandleKind } from '../state/handles.js';
import { canLock, type OwnerLocks, ownerId } from '../state/locks.js';
import { submit } from './sync.js';

const IN = fuse_lk_in.at;
const LOCK_BYTES = fuse_lk_out.size;
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_UN = 8;
const FINISHED = 16;

/** The handle of the request, or what to answer: ENOSYS where nobody would end a lock on close(2), and the guest's kernel keeps them. */
function handleOf(c: Context, r: Request): number {
  if (c.noOpen) return -Errno.ENOSYS;
  const handle = c.handles.slotFor(r.u32(IN.fh), r.u32(IN.fh + 4), HandleKind.FILE, r.slot);
  return handle < 0 ? -Errno.EBADF : handle;
}

/**
 * Learns of the waits that the pool has finished since. Before every use of the lock table, and before an owner or a handle goes:
 * a lock that a finished wait has brought must not be noted after its owner has closed.
 */
export function catchUp(c: Context): void {
  if (!c.locks.anyWaits) return;
  for (;;) {
    const count = c.os.laneTakeFinished(c.lane, BLOCK, 64 * FINISHED);
    for (let i = 0; i < count; i++) {
      const at = (BLOCK + i * FINISHED) >> 2;
      const w = c.arena.words;
      c.locks.finished(ownerId(w[at], w[at + 1]), c.arena.signed[at + 2]);
    }
    if (count < 64) return;
  }
}

/** Copies the request's fuse_file_lock to a place where the addon may rewrite it. */
function copyLock(c: Context, r: Request, to: number): void {
  c.arena.memory.copyWithin(to, r.arg + IN.lk, r.arg + IN.lk + LOCK_BYTES);
}

function rangeOf(c: Context, r: Request): { start: bigint; end: bigint; type: number } {
  const at = r.arg + IN.lk;
  return {
    start: c.arena.view.getBigUint64(at, true),
    end: c.arena.view.getBigUint64(at + 8, true),
    type: c.arena.view.getUint32(at + 16, true),
  };
}

/**
 * The owner's open file description on this file, made on first use; a number is -errno. It is opened for reading and
 * writing if the file allows, so that one description serves both lock types.
 */
function ownerLocks(c: Context, r: Request, handle: number, type: number): OwnerLocks | number {
  const owner = ownerId(r.u32(IN.owner), r.u32(IN.owner + 4));
  const known = c.locks.find(r.slot, owner);
  if (known) return canLock(known.access, type) ? known : -Errno.EBADF;
  let access = O_RDWR;
  let fd = c.withRetry(() => c.os.reopen(c.handles.fd[handle], O_RDWR));
  if (fd === -Errno.EACCES || fd === -Errno.EPERM || fd === -Errno.EROFS || fd === -Errno.ETXTBSY) {
    access = c.handles.flags[handle] & O_ACCMODE;
    fd = c.withRetry(() => c.os.reopen(c.handles.fd[handle], access));
  }
  if (fd < 0) return fd === -Errno.EMFILE || fd === -Errno.ENFILE ? -Errno.ENOLCK : fd;
  if (!canLock(access, type)) {
    c.os.close(fd);
    return -Errno.EBADF;
  }
  return c.locks.add(r.slot, owner, fd, access);
}

/** GETLK: the lock that is in the way, with the pid of the guest process holding it (0 if a host process does). */
export function getlk(c: Context, r: Request): number {
  const handle = handleOf(c, r);
  if (handle < 0) return handle;
  catchUp(c);
  const asked = rangeOf(c, r);
  const locks = ownerLocks(c, r, handle, F_UNLCK);
  if (typeof locks === 'number') return locks;
  copyLock(c, r, r.out);
  const failed = c.os.lockTest(locks.fd, r.out);
  c.locks.endIfIdle(locks);
  if (failed < 0) return failed;
  const type = c.arena.words[(r.out + 16) >> 2];
  c.arena.words[(r.out + 20) >> 2] =
    type === F_UNLCK ? 0 : c.locks.holder(r.slot, locks.owner, asked.start, asked.end, asked.type);
  return fuse_lk_out.size;
}

export function setlk(c: Context, r: Request): number {
  return set(c, r, false);
}

/** SETLKW: as SETLK, but waits, in the pool, until the lock is free or an INTERRUPT comes. */
export function setlkw(c: Context, r: Request): number {
  return set(c, r, true);
}

function set(c: Context, r: Request, waits: boolean): number {
  const handle = handleOf(c, r);
  if (handle < 0) return handle;
  if (r.u32(IN.lk_flags) & FUSE_LK_FLOCK) return setFlock(c, r, handle, waits);
  catchUp(c);
  const { start, end, type } = rangeOf(c, r);
  if (type > F_UNLCK) return -Errno.EINVAL;
  const owner = ownerId(r.u32(IN.owner), r.u32(IN.owner + 4));
  if (type === F_UNLCK && c.locks.find(r.slot, owner) === undefined) return 0;
  const locks = ownerLocks(c, r, handle, type);
  if (typeof locks === 'number') return locks;
  locks.pid = c.arena.words[(r.arg + IN.lk + 20) >> 2];
  locks.handles.add(handle);
  copyLock(c, r, SMALL);
  let result = c.os.lockSet(locks.fd, SMALL);
  if (result === 0) {
    locks.ranges.set(start, end, type);
  } else if (result === -Errno.EAGAIN && waits) {
    result = wait(c, r, locks, start, end, type);
  }
  c.locks.endIfIdle(locks);
  return result;
}

function wait(c: Context, r: Request, locks: OwnerLocks, start: bigint, end: bigint, type: number): number {
  if (c.locks.wouldDeadlock(r.slot, locks.owner, start, end, type)) return -Errno.EDEADLK;
  const failed = c.os.laneSubmit(c.lane, SlowOp.LOCK_WAIT, r.uniqueOff, locks.fd, -1, SMALL);
  if (failed < 0) return failed === -Errno.EAGAIN ? -Errno.ENOLCK : failed;
  const w = c.arena.words;
  const unique = ownerId(w[r.uniqueOff >> 2], w[(r.uniqueOff >> 2) + 1]);
  c.locks.wait({ unique, by: locks, start, end, type });
  return DEFERRED;
}

/** flock(2): the lock of the open file description itself, so it lives and dies with the handle. */
function setFlock(c: Context, r: Request, handle: number, waits: boolean): number {
  const type = c.arena.view.getUint32(r.arg + IN.lk + 16, true);
  const operation = type === F_RDLCK ? LOCK_SH : type === F_WRLCK ? LOCK_EX : LOCK_UN;
  const result = c.os.flock(c.handles.fd[handle], operation);
  if (result !== -Errno.EAGAIN || !waits) return result;
  const w = c.arena.words;
  w[SMALL >> 2] = operation;
  w[(SMALL >> 2) + 1] = 0;
  const submitted = submit(c, r, SlowOp.FLOCK_WAIT, handle, -1, SMALL);
  return submitted === -Errno.EAGAIN ? -Errno.ENOLCK : submitted;
}

/**
 * INTERRUPT: a process waiting for a reply got a signal. Only waits that may last (locks, queued slow operations) are
 * cancelled, and answer EINTR; everything else answers soon, and an interrupted mutation would be worse than a late one.
 */
export function interrupt(c: Context, r: Request): number {
  c.os.laneCancel(c.lane, r.arg + fuse_interrupt_in.at.unique);
  return NO_REPLY;
}
