/**
 * Flags of `<linux/fuse.h>` 7.45 in the kernel's spelling. INIT flags are 64 bits wide and therefore *bit numbers*
 * ({@link InitFlag}); all others are 32-bit masks.
 */

/**
 * Bit numbers of the flags of INIT: 0..31 are in `flags`, 32..63 in `flags2` (present from 7.36, and only if
 * FUSE_INIT_EXT is set in `flags`).
 */
export const InitFlag = {
  FUSE_ASYNC_READ: 0,
  FUSE_POSIX_LOCKS: 1,
  FUSE_FILE_OPS: 2,
  FUSE_ATOMIC_O_TRUNC: 3,
  FUSE_EXPORT_SUPPORT: 4,
  FUSE_BIG_WRITES: 5,
  FUSE_DONT_MASK: 6,
  FUSE_SPLICE_WRITE: 7,
  FUSE_SPLICE_MOVE: 8,
  FUSE_SPLICE_READ: 9,
  FUSE_FLOCK_LOCKS: 10,
  FUSE_HAS_IOCTL_DIR: 11,
  FUSE_AUTO_INVAL_DATA: 12,
  FUSE_DO_READDIRPLUS: 13,
  FUSE_READDIRPLUS_AUTO: 14,
  FUSE_ASYNC_DIO: 15,
  FUSE_WRITEBACK_CACHE: 16,
  FUSE_NO_OPEN_SUPPORT: 17,
  FUSE_PARALLEL_DIROPS: 18,
  FUSE_HANDLE_KILLPRIV: 19,
  FUSE_POSIX_ACL: 20,
  FUSE_ABORT_ERROR: 21,
  FUSE_MAX_PAGES: 22,
  FUSE_CACHE_SYMLINKS: 23,
  FUSE_NO_OPENDIR_SUPPORT: 24,
  FUSE_EXPLICIT_INVAL_DATA: 25,
  FUSE_MAP_ALIGNMENT: 26,
  FUSE_SUBMOUNTS: 27,
  FUSE_HANDLE_KILLPRIV_V2: 28,
  FUSE_SETXATTR_EXT: 29,
  FUSE_INIT_EXT: 30,
  FUSE_INIT_RESERVED: 31,
  FUSE_SECURITY_CTX: 32,
  FUSE_HAS_INODE_DAX: 33,
  FUSE_CREATE_SUPP_GROUP: 34,
  FUSE_HAS_EXPIRE_ONLY: 35,
  FUSE_DIRECT_IO_ALLOW_MMAP: 36,
  FUSE_PASSTHROUGH: 37,
  FUSE_NO_EXPORT_SUPPORT: 38,
  FUSE_HAS_RESEND: 39,
  FUSE_ALLOW_IDMAP: 40,
  FUSE_OVER_IO_URING: 41,
  FUSE_REQUEST_TIMEOUT: 42,
} as const;

export type InitFlagName = keyof typeof InitFlag;

/** Older name of FUSE_DIRECT_IO_ALLOW_MMAP (7.39 only). */
export const FUSE_DIRECT_IO_RELAX = InitFlag.FUSE_DIRECT_IO_ALLOW_MMAP;

/** Whether bit number `bit` (0..63) is set in the pair of words. */
export function hasInitFlag(flags: number, flags2: number, bit: number): boolean {
  return (((bit < 32 ? flags : flags2) >>> (bit & 31)) & 1) === 1;
}

/** The two words, unsigned, that carry the given bit numbers. */
export function initFlagWords(bits: Iterable<number>): { flags: number; flags2: number } {
  let flags = 0;
  let flags2 = 0;
  for (const bit of bits) {
    if (bit < 32) flags |= 1 << bit;
    else flags2 |= 1 << (bit - 32);
  }
  return { flags: flags >>> 0, flags2: flags2 >>> 0 };
}

/** Names of the set bits, in order of bit number; `bit <n>` for one without a name. */
export function initFlagNames(flags: number, flags2: number): string[] {
  const names = new Map<number, string>(Object.entries(InitFlag).map(([name, bit]) => [bit, name]));
  const result: string[] = [];
  for (let bit = 0; bit < 64; bit++) {
    if (hasInitFlag(flags, flags2, bit)) result.push(names.get(bit) ?? `bit ${bit}`);
  }
  return result;
}

// fuse_setattr_in.valid
export const FATTR_MODE = 1 << 0;
export const FATTR_UID = 1 << 1;
export const FATTR_GID = 1 << 2;
export const FATTR_SIZE = 1 << 3;
export const FATTR_ATIME = 1 << 4;
export const FATTR_MTIME = 1 << 5;
export const FATTR_FH = 1 << 6;
export const FATTR_ATIME_NOW = 1 << 7;
export const FATTR_MTIME_NOW = 1 << 8;
export const FATTR_LOCKOWNER = 1 << 9;
export const FATTR_CTIME = 1 << 10;
export const FATTR_KILL_SUIDGID = 1 << 11;

// fuse_open_out.open_flags
export const FOPEN_DIRECT_IO = 1 << 0;
export const FOPEN_KEEP_CACHE = 1 << 1;
export const FOPEN_NONSEEKABLE = 1 << 2;
export const FOPEN_CACHE_DIR = 1 << 3;
export const FOPEN_STREAM = 1 << 4;
export const FOPEN_NOFLUSH = 1 << 5;
export const FOPEN_PARALLEL_DIRECT_WRITES = 1 << 6;
export const FOPEN_PASSTHROUGH = 1 << 7;

// cuse_init_in.flags, cuse_init_out.flags
export const CUSE_UNRESTRICTED_IOCTL = 1 << 0;

// fuse_release_in.release_flags
export const FUSE_RELEASE_FLUSH = 1 << 0;
export const FUSE_RELEASE_FLOCK_UNLOCK = 1 << 1;

// fuse_getattr_in.getattr_flags, fuse_statx_in.getattr_flags
export const FUSE_GETATTR_FH = 1 << 0;

// fuse_lk_in.lk_flags
export const FUSE_LK_FLOCK = 1 << 0;

// fuse_write_in.write_flags
export const FUSE_WRITE_CACHE = 1 << 0;
export const FUSE_WRITE_LOCKOWNER = 1 << 1;
export const FUSE_WRITE_KILL_SUIDGID = 1 << 2;
/** Older name of FUSE_WRITE_KILL_SUIDGID. */
export const FUSE_WRITE_KILL_PRIV = FUSE_WRITE_KILL_SUIDGID;

// fuse_read_in.read_flags
export const FUSE_READ_LOCKOWNER = 1 << 1;

// fuse_ioctl_in.flags, fuse_ioctl_out.flags
export const FUSE_IOCTL_COMPAT = 1 << 0;
export const FUSE_IOCTL_UNRESTRICTED = 1 << 1;
export const FUSE_IOCTL_RETRY = 1 << 2;
export const FUSE_IOCTL_32BIT = 1 << 3;
export const FUSE_IOCTL_DIR = 1 << 4;
export const FUSE_IOCTL_COMPAT_X32 = 1 << 5;

// fuse_poll_in.flags
export const FUSE_POLL_SCHEDULE_NOTIFY = 1 << 0;

// fuse_fsync_in.fsync_flags, also of FSYNCDIR
export const FUSE_FSYNC_FDATASYNC = 1 << 0;

// fuse_attr.flags
export const FUSE_ATTR_SUBMOUNT = 1 << 0;
export const FUSE_ATTR_DAX = 1 << 1;

// fuse_open_in.open_flags, fuse_create_in.open_flags
export const FUSE_OPEN_KILL_SUIDGID = 1 << 0;

// fuse_setxattr_in.setxattr_flags
export const FUSE_SETXATTR_ACL_KILL_SGID = 1 << 0;

// fuse_notify_inval_entry_out.flags
export const FUSE_EXPIRE_ONLY = 1 << 0;

// fuse_setupmapping_in.flags
export const FUSE_SETUPMAPPING_FLAG_WRITE = 1 << 0;
export const FUSE_SETUPMAPPING_FLAG_READ = 1 << 1;
