import { STAT } from '../../native/os.js';
import { fuse_attr, fuse_statx, fuse_statx_out } from '../../protocol/fuse/structs.js';
import { STAT_AT } from '../arena.js';
import type { Context } from '../context.js';
import { isTaken } from '../held/taken.js';
import { replyAttr } from '../reply.js';
import type { Request } from '../request.js';

/**
 * GETATTR. A node with an open handle is answered from that descriptor, so fstat(2) of an unlinked file works; the fh of
 * the request adds nothing to that.
 */
export function getattr(c: Context, r: Request): number {
  const failed = c.report(r.slot, r);
  if (failed < 0) return failed;
  return isTaken(c, r.slot) ? replyTaken(c, r) : replyAttr(c, r);
}

function replyTaken(c: Context, r: Request): number {
  c.arena.words[(STAT_AT + STAT.attr + A.nlink) >> 2] = 1;
  return replyAttr(c, r, 0);
}

const A = fuse_attr.at;
const X = fuse_statx.at;
const OUT = fuse_statx_out.at;
const STATX_BASIC_STATS = 0x7ff;
const STATX_BTIME = 0x800;

/** STATX (7.39): as GETATTR, with the birth time. The kernel asks when a program wants stx_btime. */
export function statx(c: Context, r: Request): number {
  const failed = c.report(r.slot, r);
  if (failed < 0) return failed;
  const w = c.arena.words;
  c.arena.memory.fill(0, r.out, r.out + fuse_statx_out.size);
  w[(r.out + OUT.attr_valid) >> 2] = c.attrValid(r.slot);
  const from = (STAT_AT + STAT.attr) >> 2;
  const to = (r.out + OUT.stat) >> 2;
  const word = (field: number, source: number) => {
    w[to + (field >> 2)] = w[from + (source >> 2)];
  };
  const wide = (field: number, source: number) => {
    word(field, source);
    word(field + 4, source + 4);
  };
  const hasBirth = w[(STAT_AT + STAT.hasBtime) >> 2] === 1;
  w[to + (X.mask >> 2)] = STATX_BASIC_STATS | (hasBirth ? STATX_BTIME : 0);
  word(X.blksize, A.blksize);
  word(X.nlink, A.nlink);
  word(X.uid, A.uid);
  word(X.gid, A.gid);
  c.arena.view.setUint16(r.out + OUT.stat + X.mode, w[from + (A.mode >> 2)], true);
  wide(X.ino, A.ino);
  wide(X.size, A.size);
  wide(X.blocks, A.blocks);
  wide(X.atime, A.atime);
  word(X.atime + 8, A.atimensec);
  wide(X.mtime, A.mtime);
  word(X.mtime + 8, A.mtimensec);
  wide(X.ctime, A.ctime);
  word(X.ctime + 8, A.ctimensec);
  if (hasBirth) {
    wide(X.btime, STAT.btime);
    word(X.btime + 8, STAT.btimeNsec);
  }
  // A device number (12 bits major, 20 bits minor in Linux's 32-bit encoding) splits into the two words of statx.
  const rdev = w[from + (A.rdev >> 2)];
  w[to + (X.rdev_major >> 2)] = (rdev >>> 8) & 0xfff;
  w[to + (X.rdev_minor >> 2)] = (rdev & 0xff) | ((rdev >>> 12) & 0xfff00);
  return fuse_statx_out.size;
}
