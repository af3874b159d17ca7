/** Building the replies that several operations share. */
import { STAT } from '../native/os.js';
import { fuse_attr, fuse_attr_out, fuse_entry_out } from '../protocol/fuse/structs.js';
import { STAT_AT } from './arena.js';
import type { Context } from './context.js';
import type { Request } from './request.js';

const E = fuse_entry_out.at;
const A = fuse_attr_out.at;
const ATTR = STAT_AT + STAT.attr;

/** Writes a fuse_entry_out for the node with the attributes at STAT_AT; returns its size. */
export function writeEntry(c: Context, out: number, slot: number): number {
  const w = c.arena.words;
  const o = out >> 2;
  w[o + (E.nodeid >> 2)] = slot + 1;
  w[o + (E.nodeid >> 2) + 1] = c.nodes.generation[slot];
  // The nodeid is unique by itself, so FUSE's own generation stays 0.
  w[o + (E.generation >> 2)] = 0;
  w[o + (E.generation >> 2) + 1] = 0;
  w[o + (E.entry_valid >> 2)] = c.policy.entryValid;
  w[o + (E.entry_valid >> 2) + 1] = 0;
  w[o + (E.attr_valid >> 2)] = c.policy.attrValid;
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

/** Replies with a fuse_attr_out from the record at STAT_AT. */
export function replyAttr(c: Context, r: Request): number {
  const w = c.arena.words;
  const o = r.out >> 2;
  w[o + (A.attr_valid >> 2)] = c.policy.attrValid;
  w[o + (A.attr_valid >> 2) + 1] = 0;
  w[o + (A.attr_valid_nsec >> 2)] = 0;
  w[o + (A.dummy >> 2)] = 0;
  c.arena.memory.copyWithin(r.out + A.attr, ATTR, ATTR + fuse_attr.size);
  return fuse_attr_out.size;
}
