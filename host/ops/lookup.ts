import { Errno } from '../../protocol/errno.js';
import type { Context } from '../context.js';
import { replyEntry, replyMissing } from '../reply.js';
import { NO_REPLY, type Request } from '../request.js';

/** LOOKUP: name in directory → fuse_entry_out, one lookup counted. */
export function lookup(c: Context, r: Request): number {
  const length = r.nameLength(0);
  if (length < 0) return length;
  if (!c.isDirectory(r.slot)) return -Errno.ENOTDIR;
  const base = c.directory(r.slot);
  if (base < 0) return base;
  const failed = c.inspect.look(base, r.arg);
  if (failed === -Errno.ENOENT) return replyMissing(c, r, length);
  if (failed < 0) return failed;
  const slot = c.enter(r.slot, r.arg, length);
  return replyEntry(c, r, slot, base, r.arg);
}

/** FORGET: takes lookups back (u64, counted exactly up to 2^53). */
export function forget(c: Context, r: Request): number {
  c.nodes.forget(r.slot, r.u32(0) + r.u32(4) * 0x1_0000_0000);
  return NO_REPLY;
}

const ONE = 16;

/** BATCH_FORGET: many of them; nodes that are not alive are passed over, for there is no reply to say so in. */
export function batchForget(c: Context, r: Request): number {
  const count = r.u32(0);
  for (let i = 0; i < count; i++) {
    const at = 8 + i * ONE;
    const slot = c.nodes.slotOf(r.u32(at), r.u32(at + 4));
    if (slot >= 0) c.nodes.forget(slot, r.u32(at + 8) + r.u32(at + 12) * 0x1_0000_0000);
  }
  return NO_REPLY;
}
