/**
 * The structs of `<linux/fuse.h>` 7.45, in the kernel's spelling. Sizes and offsets are computed by `struct()` and pinned
 * by test/abi against what a C compiler says.
 *
 * This file has what file system operations carry; notifications, extensions and the rarely used rest are re-exported.
 */

import { array, flexible, s32, s64, struct, u8, u16, u32, u64 } from '../struct.js';

export * from './structs-notify.js';
export * from './structs-rare.js';

// -- every message -----------------------------------------------------------------------------------------------------

/** `total_extlen`: length of the extensions behind the arguments, in 8-byte units (7.38; padding before). */
export const fuse_in_header = struct('fuse_in_header', {
  len: u32,
  opcode: u32,
  unique: u64,
  nodeid: u64,
  uid: u32,
  gid: u32,
  pid: u32,
  total_extlen: u16,
  padding: u16,
});

/** `error` is 0 or a negative errno; in a notification (`unique` 0) it is the positive notify code. */
export const fuse_out_header = struct('fuse_out_header', { len: u32, error: s32, unique: u64 });

// -- attributes --------------------------------------------------------------------------------------------------------

export const fuse_attr = struct('fuse_attr', {
  ino: u64,
  size: u64,
  blocks: u64,
  atime: u64,
  mtime: u64,
  ctime: u64,
  atimensec: u32,
  mtimensec: u32,
  ctimensec: u32,
  mode: u32,
  nlink: u32,
  uid: u32,
  gid: u32,
  rdev: u32,
  blksize: u32,
  flags: u32,
});

/** Validities are seconds + nanoseconds from the moment of the reply. */
export const fuse_entry_out = struct('fuse_entry_out', {
  nodeid: u64,
  generation: u64,
  entry_valid: u64,
  attr_valid: u64,
  entry_valid_nsec: u32,
  attr_valid_nsec: u32,
  attr: fuse_attr,
});

export const fuse_getattr_in = struct('fuse_getattr_in', { getattr_flags: u32, dummy: u32, fh: u64 });

export const fuse_attr_out = struct('fuse_attr_out', {
  attr_valid: u64,
  attr_valid_nsec: u32,
  dummy: u32,
  attr: fuse_attr,
});

/** `valid` is a mask of FATTR_…; only the members it names mean anything. */
export const fuse_setattr_in = struct('fuse_setattr_in', {
  valid: u32,
  padding: u32,
  fh: u64,
  size: u64,
  lock_owner: u64,
  atime: u64,
  mtime: u64,
  ctime: u64,
  atimensec: u32,
  mtimensec: u32,
  ctimensec: u32,
  mode: u32,
  unused4: u32,
  uid: u32,
  gid: u32,
  unused5: u32,
});

export const fuse_sx_time = struct('fuse_sx_time', { tv_sec: s64, tv_nsec: u32, __reserved: s32 });

/** Same layout as `struct statx` of statx(2). */
export const fuse_statx = struct('fuse_statx', {
  mask: u32,
  blksize: u32,
  attributes: u64,
  nlink: u32,
  uid: u32,
  gid: u32,
  mode: u16,
  __spare0: array(u16, 1),
  ino: u64,
  size: u64,
  blocks: u64,
  attributes_mask: u64,
  atime: fuse_sx_time,
  btime: fuse_sx_time,
  ctime: fuse_sx_time,
  mtime: fuse_sx_time,
  rdev_major: u32,
  rdev_minor: u32,
  dev_major: u32,
  dev_minor: u32,
  __spare2: array(u64, 14),
});

export const fuse_statx_in = struct('fuse_statx_in', {
  getattr_flags: u32,
  reserved: u32,
  fh: u64,
  sx_flags: u32,
  sx_mask: u32,
});

export const fuse_statx_out = struct('fuse_statx_out', {
  attr_valid: u64,
  attr_valid_nsec: u32,
  flags: u32,
  spare: array(u64, 2),
  stat: fuse_statx,
});

export const fuse_access_in = struct('fuse_access_in', { mask: u32, padding: u32 });

// -- names -------------------------------------------------------------------------------------------------------------

export const fuse_forget_in = struct('fuse_forget_in', { nlookup: u64 });
export const fuse_forget_one = struct('fuse_forget_one', { nodeid: u64, nlookup: u64 });
export const fuse_batch_forget_in = struct('fuse_batch_forget_in', { count: u32, dummy: u32 });
export const fuse_mknod_in = struct('fuse_mknod_in', { mode: u32, rdev: u32, umask: u32, padding: u32 });
export const fuse_mkdir_in = struct('fuse_mkdir_in', { mode: u32, umask: u32 });
export const fuse_rename_in = struct('fuse_rename_in', { newdir: u64 });
export const fuse_rename2_in = struct('fuse_rename2_in', { newdir: u64, flags: u32, padding: u32 });
export const fuse_link_in = struct('fuse_link_in', { oldnodeid: u64 });

// -- open files and directories ----------------------------------------------------------------------------------------

export const fuse_open_in = struct('fuse_open_in', { flags: u32, open_flags: u32 });
export const fuse_create_in = struct('fuse_create_in', { flags: u32, mode: u32, umask: u32, open_flags: u32 });

/** `backing_id` (7.40) was padding before. */
export const fuse_open_out = struct('fuse_open_out', { fh: u64, open_flags: u32, backing_id: s32 });

export const fuse_release_in = struct('fuse_release_in', { fh: u64, flags: u32, release_flags: u32, lock_owner: u64 });
export const fuse_flush_in = struct('fuse_flush_in', { fh: u64, unused: u32, padding: u32, lock_owner: u64 });

export const fuse_read_in = struct('fuse_read_in', {
  fh: u64,
  offset: u64,
  size: u32,
  read_flags: u32,
  lock_owner: u64,
  flags: u32,
  padding: u32,
});

export const fuse_write_in = struct('fuse_write_in', {
  fh: u64,
  offset: u64,
  size: u32,
  write_flags: u32,
  lock_owner: u64,
  flags: u32,
  padding: u32,
});

export const fuse_write_out = struct('fuse_write_out', { size: u32, padding: u32 });
export const fuse_fsync_in = struct('fuse_fsync_in', { fh: u64, fsync_flags: u32, padding: u32 });
export const fuse_lseek_in = struct('fuse_lseek_in', { fh: u64, offset: u64, whence: u32, padding: u32 });
export const fuse_lseek_out = struct('fuse_lseek_out', { offset: u64 });

export const fuse_fallocate_in = struct('fuse_fallocate_in', {
  fh: u64,
  offset: u64,
  length: u64,
  mode: u32,
  padding: u32,
});

export const fuse_copy_file_range_in = struct('fuse_copy_file_range_in', {
  fh_in: u64,
  off_in: u64,
  nodeid_out: u64,
  fh_out: u64,
  off_out: u64,
  len: u64,
  flags: u64,
});

/** Answers COPY_FILE_RANGE_64 only; COPY_FILE_RANGE is answered with {@link fuse_write_out}. */
export const fuse_copy_file_range_out = struct('fuse_copy_file_range_out', { bytes_copied: u64 });

/** The name follows without a NUL, padded to 8 bytes. */
export const fuse_dirent = struct('fuse_dirent', { ino: u64, off: u64, namelen: u32, type: u32, name: flexible(u8) });
export const fuse_direntplus = struct('fuse_direntplus', { entry_out: fuse_entry_out, dirent: fuse_dirent });

// -- locks, extended attributes, the file system -----------------------------------------------------------------------

/** `end` is inclusive; 0x7fffffffffffffff means to the end of the file. `type`: F_RDLCK, F_WRLCK, F_UNLCK. */
export const fuse_file_lock = struct('fuse_file_lock', { start: u64, end: u64, type: u32, pid: u32 });

export const fuse_lk_in = struct('fuse_lk_in', {
  fh: u64,
  owner: u64,
  lk: fuse_file_lock,
  lk_flags: u32,
  padding: u32,
});

export const fuse_lk_out = struct('fuse_lk_out', { lk: fuse_file_lock });

/** Only its first 8 bytes travel unless FUSE_SETXATTR_EXT was agreed. */
export const fuse_setxattr_in = struct('fuse_setxattr_in', {
  size: u32,
  flags: u32,
  setxattr_flags: u32,
  padding: u32,
});
export const fuse_getxattr_in = struct('fuse_getxattr_in', { size: u32, padding: u32 });
export const fuse_getxattr_out = struct('fuse_getxattr_out', { size: u32, padding: u32 });

export const fuse_kstatfs = struct('fuse_kstatfs', {
  blocks: u64,
  bfree: u64,
  bavail: u64,
  files: u64,
  ffree: u64,
  bsize: u32,
  namelen: u32,
  frsize: u32,
  padding: u32,
  spare: array(u32, 6),
});

export const fuse_statfs_out = struct('fuse_statfs_out', { st: fuse_kstatfs });
export const fuse_syncfs_in = struct('fuse_syncfs_in', { padding: u64 });

/** Kernels before 7.36 send only the first 16 bytes. */
export const fuse_init_in = struct('fuse_init_in', {
  major: u32,
  minor: u32,
  max_readahead: u32,
  flags: u32,
  flags2: u32,
  unused: array(u32, 11),
});

export const fuse_init_out = struct('fuse_init_out', {
  major: u32,
  minor: u32,
  max_readahead: u32,
  flags: u32,
  max_background: u16,
  congestion_threshold: u16,
  max_write: u32,
  time_gran: u32,
  max_pages: u16,
  map_alignment: u16,
  flags2: u32,
  max_stack_depth: u32,
  request_timeout: u16,
  unused: array(u16, 11),
});

export const fuse_interrupt_in = struct('fuse_interrupt_in', { unique: u64 });
