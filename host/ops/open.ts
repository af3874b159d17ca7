/** Operations on open files: OPEN, CREATE, TMPFILE, RELEASE. */
import { SELF } from '../../native/os.js';
import { WRITE_THROUGH } from '../../protocol/behind.js';
import { Errno } from '../../protocol/errno.js';
import { FOPEN_DIRECT_IO, FUSE_OPEN_KILL_SUIDGID, FUSE_RELEASE_FLOCK_UNLOCK } from '../../protocol/fuse/flags.js';
import {
  fuse_create_in,
  fuse_entry_out,
  fuse_open_in,
  fuse_open_out,
  fuse_release_in,
} from '../../protocol/fuse/structs.js';
import {
  O_ACCMODE,
  O_APPEND,
  O_CREAT,
  O_DSYNC,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_SYNC,
  O_TRUNC,
  O_WRONLY,
  S_IFREG,
} from '../../protocol/linux.js';
import { PARENT_STAT_AT, SMALL, STAT_AT } from '../arena.js';
import type { Context } from '../context.js';
import { Touch } from '../live/own.js';
import { writeEntry } from '../reply.js';
import type { Request } from '../request.js';
import { Field } from '../snapshot/snapshots.js';
import { HandleKind } from '../state/handles.js';
import { parentOf } from './create.js';
import { catchUp } from './locks.js';

/**
 * Flags that reach the host. O_APPEND does not: a write-back of mapped pages goes through the same handle and must land
 * where it belongs, so appending is decided write by write. O_DIRECT does not: the guest's page cache is what
 * it is about, and host alignment rules are not the guest's. O_TRUNC is done by truncate(2) once identity is sure.
 */
const PASSED = O_ACCMODE | O_SYNC | O_DSYNC;
const OUT = fuse_open_out.at;
/** What O_TRUNC does to a file, maybe through a descriptor of its own that it closes. */
const EMPTIED = Touch.CONTENT | Touch.ATTRIBUTES | Touch.CLOSED;

/**
 * OPEN of a regular file → fuse_open_out. Never waits, never follows, never touches another inode than the node's.
 *
 * Answered ENOSYS where the guest's kernel is to open and close by itself: it sends neither OPEN nor RELEASE any more.
 */
export function open(c: Context, r: Request): number {
  if (c.noOpen) return -Errno.ENOSYS;
  const flags = r.u32(fuse_open_in.at.flags);
  if (c.readOnly && (flags & (O_ACCMODE | O_TRUNC)) !== O_RDONLY) return -Errno.EROFS;
  if (c.nodes.type[r.slot] !== S_IFREG) return c.isDirectory(r.slot) ? -Errno.EISDIR : -Errno.ENXIO;
  const fd = openNode(c, r.slot, flags & PASSED);
  if (fd < 0) return fd;
  const failed = flags & O_TRUNC ? empty(c, fd, r.slot, flags, r.u32(fuse_open_in.at.open_flags)) : 0;
  if (flags & O_TRUNC) c.live?.touched(r.slot, EMPTIED, Field.SIZE | Field.MTIME | Field.MODE);
  if (failed < 0) {
    c.os.close(fd);
    return failed;
  }
  return replyOpen(c, r.out, fd, r.slot, flags);
}

/** A new open file description of the node's regular file; -errno. */
export function openNode(c: Context, slot: number, flags: number): number {
  const fd = openOnce(c, slot, flags);
  return fd === -Errno.ESTALE && c.findAnew(slot) ? openOnce(c, slot, flags) : fd;
}

function openOnce(c: Context, slot: number, flags: number): number {
  const lost = c.locate(slot);
  if (lost < 0) return lost;
  if (c.targetName === SELF) return c.withRetry(() => c.os.reopen(c.targetFd, flags));
  const fd = c.withRetry(() => c.os.openFile(c.targetFd, c.targetName, flags, 0));
  // ENXIO, ELOOP: a FIFO or a symlink has taken the name.
  if (fd < 0) return fd === -Errno.ENOENT || fd === -Errno.ELOOP || fd === -Errno.ENXIO ? -Errno.ESTALE : fd;
  if (c.inspect.isNode(fd, SELF, slot)) return fd;
  c.os.close(fd);
  return -Errno.ESTALE;
}

/** O_TRUNC, which Linux does for a file opened to be read as well. */
function empty(c: Context, fd: number, slot: number, flags: number, openFlags: number): number {
  const writable = (flags & O_ACCMODE) === O_RDONLY ? c.withRetry(() => c.os.reopen(fd, O_WRONLY)) : fd;
  if (writable < 0) return writable;
  c.arena.words[SMALL >> 2] = 0;
  c.arena.words[(SMALL >> 2) + 1] = 0;
  const failed = c.os.truncate(writable, SMALL);
  if (writable !== fd) c.os.close(writable);
  return failed === 0 && openFlags & FUSE_OPEN_KILL_SUIDGID ? c.ownership.killSetId(fd, slot) : failed;
}

function replyOpen(c: Context, out: number, fd: number, slot: number, flags: number): number {
  if (c.noOpen) return replyHeld(c, out, fd, slot, flags);
  const handle = c.handles.add(fd, HandleKind.FILE, slot, flags);
  if (handle < 0) {
    c.os.close(fd);
    return handle;
  }
  c.live?.opened(handle, slot);
  const through = c.policy.writeBehind && c.isRuled(c.nodes.parent[slot]) ? WRITE_THROUGH : 0;
  const hi = c.handles.generation[handle] | through;
  return writeOpen(c, out, handle + 1, hi, c.openFlags(slot, fd) | appendFlags(c, flags));
}

/**
 * Of CREATE and TMPFILE where nobody will say that the file was closed: no handle of the guest's, fh 0. The file is held for its
 * node, so what is written next needs no permission that the new file's mode does not give.
 */
function replyHeld(c: Context, out: number, fd: number, slot: number, flags: number): number {
  const keep = c.openFlags(slot, fd);
  const held = c.files.adopt(fd, slot, isNew ? O_RDWR : flags);
  if (held < 0) return held;
  // With direct I/O the kernel would leave O_SYNC to us; through its cache it sends FSYNC.
  return writeOpen(c, out, 0, 0, keep | (flags & (O_SYNC | O_DSYNC) ? 0 : appendFlags(c, flags)));
}

/**
 * A write through the guest's page cache may be cut where a page ends, and another client or a host program could append
 * in between: with direct I/O an append is one request.
 */
function appendFlags(c: Context, flags: number): number {
  const appends = (flags & O_APPEND) !== 0 && (flags & O_ACCMODE) !== O_RDONLY;
  return appends && c.directMappable ? FOPEN_DIRECT_IO : 0;
}

/** `lo`, `hi`: the fh. */
export function writeOpen(c: Context, out: number, lo: number, hi: number, openFlags: number): number {
  const w = c.arena.words;
  w[(out + OUT.fh) >> 2] = lo;
  w[(out + OUT.fh + 4) >> 2] = hi;
  w[(out + OUT.open_flags) >> 2] = openFlags;
  w[(out + OUT.backing_id) >> 2] = 0;
  return fuse_open_out.size;
}

/** CREATE: open(2) with O_CREAT in one step → fuse_entry_out + fuse_open_out. */
export function create(c: Context, r: Request): number {
  const nameOff = fuse_create_in.size;
  const length = r.nameLength(nameOff);
  if (length < 0) return length;
  const flags = r.u32(fuse_create_in.at.flags);
  const mode = r.u32(fuse_create_in.at.mode) & 0o7777;
  const base = parentOf(c, r);
  if (base < 0) return base;
  const name = r.arg + nameOff;
  const fd = createOrOpen(c, r, base, name, flags, mode);
  if (fd < 0) return fd;
  let failed = c.inspect.look(fd, SELF);
  if (failed === 0 && c.inspect.type !== S_IFREG) failed = -Errno.ESTALE;
  if (failed < 0) {
    c.os.close(fd);
    return failed;
  }
  const slot = c.enter(r.slot, name, length);
  if (isNew) c.live?.made(r.slot, name, length, slot);
  else if (flags & O_TRUNC) c.live?.changed(slot, EMPTIED, Field.SIZE | Field.MTIME | Field.MODE);
  c.ownership.report(fd, SELF, STAT_AT, slot, r.uid, r.gid);
  writeEntry(c, r.out, slot);
  const opened = replyOpen(c, r.out + fuse_entry_out.size, fd, slot, flags);
  if (opened >= 0) return fuse_entry_out.size + opened;
  c.nodes.forget(slot, 1);
  return opened;
}

/** Whether the last {@link createOrOpen} made the file. */
let isNew = false;

/** Creates exclusively, so that it is known whether the file is ours to give an owner; else opens what is there. */
function createOrOpen(c: Context, r: Request, base: number, name: number, flags: number, mode: number): number {
  for (let attempt = 0; attempt < 16; attempt++) {
    const fd = c.withRetry(() => c.os.openFile(base, name, accessOf(c, flags) | O_CREAT | O_EXCL, mode));
    isNew = fd >= 0;
    if (fd >= 0) {
      const failed = c.ownership.created(fd, SELF, mode | S_IFREG, r.uid, r.gid, PARENT_STAT_AT);
      if (failed === 0) return fd;
      c.os.close(fd);
      c.os.unlink(base, name);
      c.live?.removed(r.slot, name, r.nameLength(fuse_create_in.size));
      return failed;
    }
    if (fd !== -Errno.EEXIST || flags & O_EXCL) return fd;
    const existing = openExisting(c, base, name, flags & (c.noOpen ? O_ACCMODE : PASSED));
    if (existing === -Errno.ENOENT) continue;
    if (existing < 0 || (flags & O_TRUNC) === 0) return existing;
    const failed = empty(c, existing, -1, flags, r.u32(fuse_create_in.at.open_flags));
    if (failed === 0) return existing;
    c.os.close(existing);
    return failed;
  }
  return -Errno.EAGAIN;
}

/** Of a new file: as the guest has it, or for whatever it may do with the one description that there is. */
function accessOf(c: Context, flags: number): number {
  return c.noOpen ? O_RDWR : flags & PASSED;
}

/** A regular file by name. Nothing else is opened: with FIFOs and devices that alone has effects. */
function openExisting(c: Context, base: number, name: number, flags: number): number {
  const object = c.withRetry(() => c.os.openObject(base, name));
  if (object < 0) return object;
  let fd = c.inspect.look(object, SELF);
  if (fd === 0) fd = c.inspect.type === S_IFREG ? c.withRetry(() => c.os.reopen(object, flags)) : -Errno.ESTALE;
  c.os.close(object);
  return fd;
}

/** TMPFILE (O_TMPFILE): an open file without a name → fuse_entry_out + fuse_open_out. The name in the request is a token. */
export function tmpfile(c: Context, r: Request): number {
  const flags = r.u32(fuse_create_in.at.flags);
  const mode = r.u32(fuse_create_in.at.mode) & 0o7777;
  const base = parentOf(c, r);
  if (base < 0) return base;
  const fd = c.withRetry(() => c.os.openTemporary(base, accessOf(c, flags) | (flags & O_EXCL), mode));
  if (fd < 0) return fd;
  isNew = true;
  let failed = c.ownership.created(fd, SELF, mode | S_IFREG, r.uid, r.gid, PARENT_STAT_AT);
  if (failed === 0) failed = c.inspect.look(fd, SELF);
  if (failed < 0) {
    c.os.close(fd);
    return failed;
  }
  const i = c.inspect;
  const slot = c.nodes.enterUnnamed(i.device, i.inoLo, i.inoHi, i.birth, i.type, r.slot);
  c.ownership.report(fd, SELF, STAT_AT, slot, r.uid, r.gid);
  writeEntry(c, r.out, slot);
  const opened = replyOpen(c, r.out + fuse_entry_out.size, fd, slot, flags);
  if (opened >= 0) return fuse_entry_out.size + opened;
  c.nodes.forget(slot, 1);
  return opened;
}

const RELEASE = fuse_release_in.at;
const LOCK_UN = 8;

/** RELEASE: the last descriptor of this open is gone. Ends its locks; closes once no operation pins it. */
export function release(c: Context, r: Request): number {
  const handle = c.handles.slotOf(r.u32(RELEASE.fh), r.u32(RELEASE.fh + 4));
  // Of a file that was created before the guest had learned that it need not say so.
  if (c.noOpen && r.u32(RELEASE.fh) === 0 && r.u32(RELEASE.fh + 4) === 0) return 0;
  if (handle < 0 || c.handles.kind[handle] !== HandleKind.FILE) return -Errno.EBADF;
  if (r.u32(RELEASE.release_flags) & FUSE_RELEASE_FLOCK_UNLOCK) c.os.flock(c.handles.fd[handle], LOCK_UN);
  catchUp(c);
  const node = c.handles.node[handle];
  c.locks.released(node, handle);
  c.live?.closing(node, handle);
  const writable = (c.handles.flags[handle] & O_ACCMODE) !== O_RDONLY;
  const identity = writable ? c.live?.closed(node) : undefined;
  if (!c.handles.release(handle) && identity !== undefined) c.live?.closedLater(handle, identity);
  return 0;
}
