/** INIT and DESTROY: the beginning and the end of a superblock. */
import { Errno } from '../../protocol/errno.js';
import { hasInitFlag, InitFlag } from '../../protocol/fuse/flags.js';
import { fuse_init_in, fuse_init_out } from '../../protocol/fuse/structs.js';
import { MAX_IO } from '../arena.js';
import { agree, agreesNoOpen } from '../capabilities.js';
import type { Context } from '../context.js';
import { type Request, Violation } from '../request.js';

const MAJOR = 7;
/** Linux 5.4 speaks 7.31; older kernels lack max_pages or explicit flags that every reply here relies on. */
const OLDEST_MINOR = 31;
const MINOR = 45;
const PAGE = 4096;

const IN = fuse_init_in.at;
const OUT = fuse_init_out.at;

export function init(c: Context, r: Request): number {
  if (c.minor !== 0) throw new Violation('INIT a second time');
  const major = r.u32(IN.major);
  const minor = r.u32(IN.minor);
  if (major < MAJOR || (major === MAJOR && minor < OLDEST_MINOR)) return -Errno.EPROTO;
  const v = c.arena.view;
  c.arena.memory.fill(0, r.out, r.out + fuse_init_out.size);
  v.setUint32(r.out + OUT.major, MAJOR, true);
  v.setUint32(r.out + OUT.minor, MINOR, true);
  // A kernel of a later major version sends INIT again with ours.
  if (major > MAJOR) return fuse_init_out.size;
  c.minor = minor;

  const offered = r.u32(IN.flags);
  const extended = hasInitFlag(offered, 0, InitFlag.FUSE_INIT_EXT) && r.argLength >= IN.flags2 + 4;
  // What is not watched may be kept for no longer than an open of it.
  const policy = c.live === undefined ? { ...c.policy, noOpen: false } : c.policy;
  c.beginNoOpen(agreesNoOpen(policy, offered));
  const { flags, flags2 } = agree(policy, offered, extended ? r.u32(IN.flags2) : 0);
  c.longSetxattr = hasInitFlag(flags, flags2, InitFlag.FUSE_SETXATTR_EXT);
  c.directMappable = hasInitFlag(flags, flags2, InitFlag.FUSE_DIRECT_IO_ALLOW_MMAP);
  v.setUint32(r.out + OUT.flags, flags, true);
  v.setUint32(r.out + OUT.flags2, flags2, true);
  v.setUint32(r.out + OUT.max_readahead, Math.min(r.u32(IN.max_readahead), MAX_IO), true);
  // Background requests are read-ahead and asynchronous direct I/O: a few megabytes under way, not the default of 12.
  v.setUint16(r.out + OUT.max_background, 64, true);
  v.setUint16(r.out + OUT.congestion_threshold, 48, true);
  v.setUint32(r.out + OUT.max_write, MAX_IO, true);
  v.setUint32(r.out + OUT.time_gran, 1, true);
  v.setUint16(r.out + OUT.max_pages, MAX_IO / PAGE, true);
  return fuse_init_out.size;
}

/** DESTROY: the superblock is going; whatever it held is given back. */
export function destroy(c: Context): number {
  c.locks.close();
  c.handles.releaseAll();
  c.files.clear();
  return 0;
}
