/** Operations on open directories: OPENDIR, READDIR, READDIRPLUS, RELEASEDIR. */
import { Errno } from '../../protocol/errno.js';
import { direntSize } from '../../protocol/fuse/dirent.js';
import {
  fuse_dirent,
  fuse_entry_out,
  fuse_open_in,
  fuse_read_in,
  fuse_release_in,
} from '../../protocol/fuse/structs.js';
import { O_DIRECTORY, O_RDONLY } from '../../protocol/linux.js';
import { BLOCK, BLOCK_SIZE, NAME2, STAT_AT } from '../arena.js';
import type { Context } from '../context.js';
import { writeEntry } from '../reply.js';
import type { Request } from '../request.js';
import { HandleKind } from '../state/handles.js';
import { ROOT } from '../state/nodes.js';
import { writeOpen } from './open.js';

const D = fuse_dirent.at;
const HEADER = fuse_dirent.size;
const LONGEST = direntSize(255);
const IN = fuse_read_in.at;

/** OPENDIR. Answered ENOSYS it is not sent any more, nor is RELEASEDIR: READDIR then names nodes. */
export function opendir(c: Context, r: Request): number {
  if (c.noOpen) return -Errno.ENOSYS;
  const base = c.isDirectory(r.slot) ? c.directory(r.slot) : -Errno.ENOTDIR;
  if (base < 0) return base;
  if (c.isGone(r.slot)) return -Errno.ESTALE;
  const fd = c.withRetry(() => c.os.reopen(base, O_RDONLY | O_DIRECTORY));
  if (fd < 0) return fd;
  const handle = c.handles.add(fd, HandleKind.DIRECTORY, r.slot, r.u32(fuse_open_in.at.flags));
  if (handle < 0) {
    c.os.close(fd);
    return handle;
  }
  const { generation } = c.handles;
  return writeOpen(c, r.out, handle + 1, generation[handle], c.live?.keeps(r.slot) ? c.policy.openDirectoryFlags : 0);
}

export function releasedir(c: Context, r: Request): number {
  const handle = c.handles.slotOf(r.u32(fuse_release_in.at.fh), r.u32(fuse_release_in.at.fh + 4));
  if (handle < 0 || c.handles.kind[handle] !== HandleKind.DIRECTORY) return -Errno.EBADF;
  c.handles.release(handle);
  return 0;
}

/** The descriptor of the request's directory handle; ESTALE if the directory left the share. */
function directoryOf(c: Context, r: Request): number {
  const handle = c.handles.slotFor(r.u32(IN.fh), r.u32(IN.fh + 4), HandleKind.DIRECTORY, r.slot);
  if (handle < 0) return -Errno.EBADF;
  // The base descriptor is only asked for its check that the directory is still below the root.
  const base = c.directory(r.slot);
  if (base < 0) return base;
  return c.isGone(r.slot) ? -Errno.ESTALE : c.handles.fd[handle];
}

/**
 * READDIR: entries with the host's own cookies as offsets, 64 bits untouched, so that seekdir and concurrent changes mean
 * exactly what they mean on the host's file system.
 */
export function readdir(c: Context, r: Request): number {
  if (isByNode(c, r)) return readListing(c, r, false);
  const fd = directoryOf(c, r);
  if (fd < 0) return fd;
  const size = Math.min(r.u32(IN.size), r.room);
  const bytes = c.os.readDirectory(fd, r.arg + IN.offset, r.out, size);
  if (bytes > 0) translate(c, r.slot, r.out, bytes);
  return bytes;
}

/**
 * The guest's inode numbers for the host's: in directories of other file systems than the root's they carry the device
 * (see Inspector), and ".." of the root must not tell the number of a directory outside.
 */
function translate(c: Context, slot: number, at: number, bytes: number): void {
  const device = c.nodes.device[slot];
  if (device === 0 && slot !== ROOT) return;
  const w = c.arena.words;
  for (let o = at; o < at + bytes; o += recordSize(c, o)) {
    if (slot === ROOT && isDotDot(c, o)) {
      w[(o + D.ino) >> 2] = c.nodes.inoLo[ROOT];
      w[(o + D.ino + 4) >> 2] = c.nodes.inoHi[ROOT];
    } else if (device > 0) {
      w[(o + D.ino + 4) >> 2] = (w[(o + D.ino + 4) >> 2] ^ (device << 16)) >>> 0;
    }
  }
}

function recordSize(c: Context, o: number): number {
  return direntSize(c.arena.words[(o + D.namelen) >> 2]);
}

function isDotDot(c: Context, o: number): boolean {
  const m = c.arena.memory;
  return c.arena.words[(o + D.namelen) >> 2] === 2 && m[o + HEADER] === 0x2e && m[o + HEADER + 1] === 0x2e;
}

function isDot(c: Context, o: number): boolean {
  return c.arena.words[(o + D.namelen) >> 2] === 1 && c.arena.memory[o + HEADER] === 0x2e;
}

/** READDIRPLUS: each entry with its fuse_entry_out; every entry but "." and ".." counts as a lookup. */
export function readdirplus(c: Context, r: Request): number {
  if (isByNode(c, r)) return readListing(c, r, true);
  const fd = directoryOf(c, r);
  if (fd < 0) return fd;
  // Where nothing may be kept the attributes would be stale on arrival: names only, as READDIR.
  const base = c.isRuled(r.slot) ? -1 : c.directory(r.slot);
  const size = Math.min(r.u32(IN.size), r.room);
  const memory = c.arena.memory;
  let cookie = r.arg + IN.offset;
  let used = 0;
  for (;;) {
    const bytes = c.os.readDirectory(fd, cookie, BLOCK, plainBytesFor(size - used));
    if (bytes <= 0) return used > 0 ? used : bytes;
    translate(c, r.slot, BLOCK, bytes);
    let last = BLOCK;
    for (let o = BLOCK; o < BLOCK + bytes; o += recordSize(c, o)) {
      const record = recordSize(c, o);
      // It is read again with the next request, which continues behind the last entry taken.
      if (used + fuse_entry_out.size + record > size) return used > 0 ? used : -Errno.EINVAL;
      const out = r.out + used;
      writeChild(c, r, base, o, out);
      memory.copyWithin(out + fuse_entry_out.size, o, o + record);
      used += fuse_entry_out.size + record;
      last = o;
    }
    cookie = last + D.off;
  }
}

function isByNode(c: Context, r: Request): boolean {
  return c.noOpen && r.u32(IN.fh) === 0 && r.u32(IN.fh + 4) === 0;
}

/** READDIR and READDIRPLUS of a directory that nobody has opened: see Listings for what its offsets are. */
function readListing(c: Context, r: Request, plus: boolean): number {
  const base = c.isDirectory(r.slot) ? c.directory(r.slot) : -Errno.ENOTDIR;
  if (base < 0) return base;
  if (c.isGone(r.slot)) return -Errno.ESTALE;
  const offset = r.u32(IN.offset) + r.u32(IN.offset + 4) * 0x1_0000_0000;
  const listing = c.listings.of(r.slot, offset);
  if (typeof listing === 'number') return listing;
  const { records, starts, offsets } = listing;
  const { memory, words } = c.arena;
  const size = Math.min(r.u32(IN.size), r.room);
  const head = plus ? fuse_entry_out.size : 0;
  let used = 0;
  let i = listing.after(offset);
  // Who is at the end comes back only to start anew.
  if (i === starts.length) c.listings.forget(r.slot);
  for (; i < starts.length; i++) {
    const start = starts[i];
    // The longest record fits anyway.
    memory.set(records.subarray(start, start + LONGEST), BLOCK);
    const record = recordSize(c, BLOCK);
    if (used + head + record > size) return used > 0 ? used : -Errno.EINVAL;
    words[(BLOCK + D.off) >> 2] = offsets[i] >>> 0;
    words[(BLOCK + D.off + 4) >> 2] = Math.floor(offsets[i] / 0x1_0000_0000);
    translate(c, r.slot, BLOCK, record);
    if (plus) writeChild(c, r, base, BLOCK, r.out + used);
    memory.copyWithin(r.out + used + head, BLOCK, BLOCK + record);
    used += head + record;
  }
  return used;
}

/** Plain records worth reading for `room` bytes of long ones: about what fits, and at least one, whatever its name. */
function plainBytesFor(room: number): number {
  const SMALLEST = 32;
  const LARGEST = direntSize(255);
  const fits = Math.floor((room * SMALLEST) / (SMALLEST + fuse_entry_out.size)) & ~7;
  return Math.min(BLOCK_SIZE, Math.max(fits, LARGEST));
}

function writeChild(c: Context, r: Request, base: number, o: number, out: number): void {
  const memory = c.arena.memory;
  const length = c.arena.words[(o + D.namelen) >> 2];
  memory.copyWithin(NAME2, o + HEADER, o + HEADER + length);
  memory[NAME2 + length] = 0;
  const skipped = isDot(c, o) || isDotDot(c, o) || base < 0 || length > 255 || c.inspect.look(base, NAME2) < 0;
  if (skipped) {
    // nodeid 0: the kernel takes the name only, and looks up when it needs more.
    memory.fill(0, out, out + fuse_entry_out.size);
    return;
  }
  const slot = c.enter(r.slot, NAME2, length);
  c.ownership.report(base, NAME2, STAT_AT, slot, r.uid, r.gid);
  writeEntry(c, out, slot);
}
