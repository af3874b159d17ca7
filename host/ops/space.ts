/** Operations on ranges of a file: FALLOCATE, LSEEK, COPY_FILE_RANGE. */
import { SlowOp } from '../../native/os.js';
import { Errno } from '../../protocol/errno.js';
import {
  fuse_copy_file_range_in,
  fuse_fallocate_in,
  fuse_lseek_in,
  fuse_lseek_out,
} from '../../protocol/fuse/structs.js';
import { SEEK_DATA, SEEK_HOLE } from '../../protocol/linux.js';
import { SMALL } from '../arena.js';
import type { Context } from '../context.js';
import { Access } from '../held/shared.js';
import type { Request } from '../request.js';
import { submit } from './sync.js';

const FALLOCATE = fuse_fallocate_in.at;
const LSEEK = fuse_lseek_in.at;
const COPY = fuse_copy_file_range_in.at;

function copyWide(c: Context, from: number, to: number): void {
  const w = c.arena.words;
  w[to >> 2] = w[from >> 2];
  w[(to >> 2) + 1] = w[(from >> 2) + 1];
}

/** FALLOCATE, by the pool: reserving or zeroing a large range takes as long as it takes. */
export function fallocate(c: Context, r: Request): number {
  const handle = c.openHandle(r.slot, r.u32(FALLOCATE.fh), r.u32(FALLOCATE.fh + 4), Access.WRITE);
  if (handle < 0) return handle;
  copyWide(c, r.arg + FALLOCATE.offset, SMALL);
  copyWide(c, r.arg + FALLOCATE.length, SMALL + 8);
  c.arena.words[(SMALL + 16) >> 2] = r.u32(FALLOCATE.mode);
  c.arena.words[(SMALL + 20) >> 2] = 0;
  c.live?.own.loosen(r.slot);
  return submit(c, r, SlowOp.FALLOCATE, handle, -1, SMALL);
}

/** LSEEK with SEEK_DATA or SEEK_HOLE; the guest kernel does the others itself. */
export function lseek(c: Context, r: Request): number {
  const handle = c.openHandle(r.slot, r.u32(LSEEK.fh), r.u32(LSEEK.fh + 4), Access.READ);
  if (handle < 0) return handle;
  const whence = r.u32(LSEEK.whence);
  if (whence !== SEEK_DATA && whence !== SEEK_HOLE) return -Errno.EINVAL;
  copyWide(c, r.arg + LSEEK.offset, r.out);
  const failed = c.os.seek(c.handles.fd[handle], r.out, whence);
  return failed < 0 ? failed : fuse_lseek_out.size;
}

/** COPY_FILE_RANGE, by the pool: a clone where the host's file system can, else a copy that never enters the guest. */
export function copyFileRange(c: Context, r: Request): number {
  if (r.u32(COPY.flags) !== 0) return -Errno.EINVAL;
  const out = c.nodes.slotOf(r.u32(COPY.nodeid_out), r.u32(COPY.nodeid_out + 4));
  if (out < 0) return -Errno.EBADF;
  // The one for writing first: within one file it serves both.
  const to = c.openHandle(out, r.u32(COPY.fh_out), r.u32(COPY.fh_out + 4), Access.WRITE);
  if (to < 0) return to;
  const from = c.openHandle(r.slot, r.u32(COPY.fh_in), r.u32(COPY.fh_in + 4), Access.READ);
  if (from < 0) return from;
  copyWide(c, r.arg + COPY.off_in, SMALL);
  copyWide(c, r.arg + COPY.off_out, SMALL + 8);
  copyWide(c, r.arg + COPY.len, SMALL + 16);
  c.live?.own.loosen(out);
  return submit(c, r, SlowOp.COPY_RANGE, from, to, SMALL);
}
