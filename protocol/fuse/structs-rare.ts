/** Structs of operations that a network-like file system refuses (ioctl, poll, DAX, CUSE), extensions, and io_uring. */

import { array, flexible, s32, struct, u8, u16, u32, u64 } from '../struct.js';

// -- block map, ioctl, poll --------------------------------------------------------------------------------------------

export const fuse_bmap_in = struct('fuse_bmap_in', { block: u64, blocksize: u32, padding: u32 });
export const fuse_bmap_out = struct('fuse_bmap_out', { block: u64 });

/** `in_size` bytes follow. */
export const fuse_ioctl_in = struct('fuse_ioctl_in', {
  fh: u64,
  flags: u32,
  cmd: u32,
  arg: u64,
  in_size: u32,
  out_size: u32,
});

export const fuse_ioctl_iovec = struct('fuse_ioctl_iovec', { base: u64, len: u64 });
export const fuse_ioctl_out = struct('fuse_ioctl_out', { result: s32, flags: u32, in_iovs: u32, out_iovs: u32 });
export const fuse_poll_in = struct('fuse_poll_in', { fh: u64, kh: u64, flags: u32, events: u32 });
export const fuse_poll_out = struct('fuse_poll_out', { revents: u32, padding: u32 });

// -- direct access windows (virtiofs DAX) ------------------------------------------------------------------------------

export const fuse_setupmapping_in = struct('fuse_setupmapping_in', {
  fh: u64,
  foffset: u64,
  len: u64,
  flags: u64,
  moffset: u64,
});

/** `count` times {@link fuse_removemapping_one} follow, unaligned. */
export const fuse_removemapping_in = struct('fuse_removemapping_in', { count: u32 });
export const fuse_removemapping_one = struct('fuse_removemapping_one', { moffset: u64, len: u64 });

// -- character devices in user space -----------------------------------------------------------------------------------

export const cuse_init_in = struct('cuse_init_in', { major: u32, minor: u32, unused: u32, flags: u32 });

export const cuse_init_out = struct('cuse_init_out', {
  major: u32,
  minor: u32,
  unused: u32,
  flags: u32,
  max_read: u32,
  max_write: u32,
  dev_major: u32,
  dev_minor: u32,
  spare: array(u32, 10),
});

// -- extensions behind the arguments of creating requests ----------------------------------------------------------------

/** `size` includes this header and is a multiple of 8. `type` <= 31: it is a {@link fuse_secctx_header}. */
export const fuse_ext_header = struct('fuse_ext_header', { size: u32, type: u32 });
export const fuse_secctx_header = struct('fuse_secctx_header', { size: u32, nr_secctx: u32 });

/** Followed by the attribute's name with a NUL and `size` bytes of label. */
export const fuse_secctx = struct('fuse_secctx', { size: u32, padding: u32 });
export const fuse_supp_groups = struct('fuse_supp_groups', { nr_groups: u32, groups: flexible(u32) });

// -- device ioctls and io_uring ------------------------------------------------------------------------------------------

export const fuse_backing_map = struct('fuse_backing_map', { fd: s32, flags: u32, padding: u64 });

export const fuse_uring_ent_in_out = struct('fuse_uring_ent_in_out', {
  flags: u64,
  commit_id: u64,
  payload_sz: u32,
  padding: u32,
  reserved: u64,
});

export const fuse_uring_req_header = struct('fuse_uring_req_header', {
  in_out: array(u8, 128),
  op_in: array(u8, 128),
  ring_ent_in_out: fuse_uring_ent_in_out,
});

export const fuse_uring_cmd_req = struct('fuse_uring_cmd_req', {
  flags: u64,
  commit_id: u64,
  qid: u16,
  padding: array(u8, 6),
});
