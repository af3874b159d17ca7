/** Building the replies that several operations share. */
import { STAT } from '../native/os.js';
import { Errno } from '../protocol/errno.js';
import { fuse_attr, fuse_attr_out, fuse_entry_out } from '../protocol/fuse/structs.js';
import { STAT_AT } from './arena.js';
import type { Context } from './context.js';
import type { Request } from './request.js';

const E = fuse_entry_out.at;
const A = fuse_attr_out.at;
const ATTR = STAT_AT + STAT.attr;

/** Writes a fuse_entry_out for the node with the attributes at STAT_AT, just reported; returns its size. */
export function writeEntry(
  c: Context,
  out: number,
  slot: number,
  entryValid = c.entryValid(slot),
  attrValid = entryValid > 0 ? c.attrValid(slot) : 0,
): number {
  const w = c.arena.words;
  const o = out >> 2;
  w[o + (E.nodeid >> 2)] = slot + 1;
  w[o + (E.nodeid >> 2) + 1] = c.nodes.generation[slot];
  // The nodeid is unique by itself, so FUSE's own generation stays 0.
  w[o + (E.generation >> 2)] = 0;
  w[o + (E.generation >> 2) + 1] = 0;
  w[o + (E.entry_valid >> 2)] = entryValid;
  w[o + (E.entry_valid >> 2) + 1] = 0;
  w[o + (E.attr_valid >> 2)] = attrValid;
  w[o + (E.attr_valid >> 2) + 1] = 0;
  w[o + (E.entry_valid_nsec >> 2)] = 0;
  w[o + (E.attr_valid_nsec >> 2)] = 0;
  c.arena.memory.copyWithin(out + E.attr, ATTR, ATTR + fuse_attr.size);
  return fuse_entry_out.size;
}

/** Replies with a fuse_entry_out for a node just entered: attributes as the caller sees them. */
export function replyEntry(c: Context, r: Request, slot: number, fd: number, nameOff: number): number {
  c.ownership.report(fd, nameOff, STAT_AT, slot, r.uid, r.gid);
  return writeEntry(c, r.out, slot);
}

/** Replies with a fuse_attr_out from the record at STAT_AT, just reported. */
export function replyAttr(c: Context, r: Request, attrValid = c.attrValid(r.slot)): number {
  const w = c.arena.words;
  const o = r.out >> 2;
  w[o + (A.attr_valid >> 2)] = attrValid;
  w[o + (A.attr_valid >> 2) + 1] = 0;
  w[o + (A.attr_valid_nsec >> 2)] = 0;
  w[o + (A.dummy >> 2)] = 0;
  c.arena.memory.copyWithin(r.out + A.attr, ATTR, ATTR + fuse_attr.size);
  return fuse_attr_out.size;
}

/** Replies that there is no such name (`length` bytes, the argument) in the directory: -ENOENT, or an entry without a node, which may be kept. */
export function replyMissing(c: Context, r: Request, length: number): number {
  const missing = c.missing(r.slot);
  if (c.live?.missed(r.slot, r.arg, length) !== true) return missing;
  if (c.policy.negativeValid === 0 || missing !== -Errno.ENOENT) return missing;
  if (!c.live.directories.absent.add(r.slot, nameOf(c, r))) return missing;
  c.arena.memory.fill(0, r.out, r.out + fuse_entry_out.size);
  c.arena.words[(r.out + E.entry_valid) >> 2] = c.policy.negativeValid;
  return fuse_entry_out.size;
}

/** The name at the beginning of the arguments, latin1. */
function nameOf(c: Context, r: Request): string {
  return Buffer.from(c.arena.memory.buffer, r.arg, r.stringLength(0)).toString('latin1');
}
