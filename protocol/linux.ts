/**
 * Linux numbers that travel in FUSE messages: what the guest kernel puts into flags, modes, whence, lock types and masks.
 * Spelled as in the headers and man pages; test/abi compares them with the headers of the machine.
 */

// -- open(2): fuse_open_in.flags, fuse_create_in.flags, fuse_read_in.flags … (asm-generic/fcntl.h) ----------------------

export const O_ACCMODE = 0o3;
export const O_RDONLY = 0o0;
export const O_WRONLY = 0o1;
export const O_RDWR = 0o2;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NOCTTY = 0o400;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_DSYNC = 0o10000;
/** No flag of open(2): the kernel forwards it when a program is opened to be executed (include/linux/fs.h). */
export const FMODE_EXEC = 0o40;
export const O_NOATIME = 0o1000000;
export const O_CLOEXEC = 0o2000000;
/** Includes O_DSYNC. */
export const O_SYNC = 0o4010000;
export const O_PATH = 0o10000000;

// Four flags differ by the guest's processor. These are x86-64's, the spelling used inside osmofs; see openFlagsFrom.
export const O_DIRECT = 0o40000;
export const O_LARGEFILE = 0o100000;
export const O_DIRECTORY = 0o200000;
export const O_NOFOLLOW = 0o400000;
/** Includes O_DIRECTORY. */
export const O_TMPFILE = 0o20200000;

/** Processor of a guest or host, in Node's spelling (`process.arch`). */
export type Architecture = 'x64' | 'arm64';

/** On arm64 the same four bits mean: O_DIRECTORY, O_NOFOLLOW, O_DIRECT, O_LARGEFILE (arch/arm64 …/uapi/asm/fcntl.h). */
const ARM64_DIRECTORY = 0o40000;
const ARM64_NOFOLLOW = 0o100000;
const ARM64_DIRECT = 0o200000;
const ARM64_LARGEFILE = 0o400000;
const DIFFERING = O_DIRECT | O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW;

/** Open flags as a kernel of that architecture writes them → this file's numbers. */
export function openFlagsFrom(architecture: Architecture, flags: number): number {
  if (architecture === 'x64') return flags;
  let result = flags & ~DIFFERING;
  if (flags & ARM64_DIRECTORY) result |= O_DIRECTORY;
  if (flags & ARM64_NOFOLLOW) result |= O_NOFOLLOW;
  if (flags & ARM64_DIRECT) result |= O_DIRECT;
  if (flags & ARM64_LARGEFILE) result |= O_LARGEFILE;
  return result;
}

/** This file's numbers → open flags as a kernel of that architecture wants them. */
export function openFlagsFor(architecture: Architecture, flags: number): number {
  if (architecture === 'x64') return flags;
  let result = flags & ~DIFFERING;
  if (flags & O_DIRECTORY) result |= ARM64_DIRECTORY;
  if (flags & O_NOFOLLOW) result |= ARM64_NOFOLLOW;
  if (flags & O_DIRECT) result |= ARM64_DIRECT;
  if (flags & O_LARGEFILE) result |= ARM64_LARGEFILE;
  return result;
}

// -- inode(7): fuse_attr.mode … -----------------------------------------------------------------------------------------

export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o060000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;
export const S_ISUID = 0o4000;
export const S_ISGID = 0o2000;
export const S_ISVTX = 0o1000;
export const S_IRWXU = 0o700;
export const S_IRUSR = 0o400;
export const S_IWUSR = 0o200;
export const S_IXUSR = 0o100;
export const S_IRWXG = 0o070;
export const S_IRGRP = 0o040;
export const S_IWGRP = 0o020;
export const S_IXGRP = 0o010;
export const S_IRWXO = 0o007;
export const S_IROTH = 0o004;
export const S_IWOTH = 0o002;
export const S_IXOTH = 0o001;
/** All bits that chmod(2) can set. */
export const S_IALLUGO = 0o7777;

// -- readdir(3): fuse_dirent.type ---------------------------------------------------------------------------------------

export const DT_UNKNOWN = 0;
export const DT_FIFO = 1;
export const DT_CHR = 2;
export const DT_DIR = 4;
export const DT_BLK = 6;
export const DT_REG = 8;
export const DT_LNK = 10;
export const DT_SOCK = 12;

/** The `DT_…` of a mode: IFTODT of <dirent.h>. */
export function direntType(mode: number): number {
  return (mode & S_IFMT) >>> 12;
}

// -- rename(2), fallocate(2), lseek(2), access(2) -----------------------------------------------------------------------

export const RENAME_NOREPLACE = 1;
export const RENAME_EXCHANGE = 2;
export const RENAME_WHITEOUT = 4;

export const FALLOC_FL_KEEP_SIZE = 0x01;
export const FALLOC_FL_PUNCH_HOLE = 0x02;
export const FALLOC_FL_NO_HIDE_STALE = 0x04;
export const FALLOC_FL_COLLAPSE_RANGE = 0x08;
export const FALLOC_FL_ZERO_RANGE = 0x10;
export const FALLOC_FL_INSERT_RANGE = 0x20;
export const FALLOC_FL_UNSHARE_RANGE = 0x40;

export const SEEK_SET = 0;
export const SEEK_CUR = 1;
export const SEEK_END = 2;
export const SEEK_DATA = 3;
export const SEEK_HOLE = 4;

export const F_OK = 0;
export const X_OK = 1;
export const W_OK = 2;
export const R_OK = 4;

// -- fcntl(2) and flock(2) locks ----------------------------------------------------------------------------------------

export const F_RDLCK = 0;
export const F_WRLCK = 1;
export const F_UNLCK = 2;
export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
export const LOCK_UN = 8;

// -- xattr(7) -----------------------------------------------------------------------------------------------------------

export const XATTR_CREATE = 1;
export const XATTR_REPLACE = 2;
export const XATTR_USER_PREFIX = 'user.';
export const XATTR_SECURITY_PREFIX = 'security.';
export const XATTR_SYSTEM_PREFIX = 'system.';
export const XATTR_TRUSTED_PREFIX = 'trusted.';

// -- statx(2): fuse_statx_in.sx_mask, fuse_statx_in.sx_flags ------------------------------------------------------------

export const STATX_TYPE = 0x001;
export const STATX_MODE = 0x002;
export const STATX_NLINK = 0x004;
export const STATX_UID = 0x008;
export const STATX_GID = 0x010;
export const STATX_ATIME = 0x020;
export const STATX_MTIME = 0x040;
export const STATX_CTIME = 0x080;
export const STATX_INO = 0x100;
export const STATX_SIZE = 0x200;
export const STATX_BLOCKS = 0x400;
export const STATX_BASIC_STATS = 0x7ff;
export const STATX_BTIME = 0x800;
export const AT_STATX_FORCE_SYNC = 0x2000;
export const AT_STATX_DONT_SYNC = 0x4000;

// -- limits.h -----------------------------------------------------------------------------------------------------------

/** Longest name of a directory entry, bytes without the NUL. */
export const NAME_MAX = 255;
/** Longest path, and longest content of a symbolic link plus its NUL, bytes. */
export const PATH_MAX = 4096;
export const XATTR_NAME_MAX = 255;
export const XATTR_SIZE_MAX = 65536;
export const XATTR_LIST_MAX = 65536;

// -- mount(2), umount2(2) -----------------------------------------------------------------------------------------------

export const MS_RDONLY = 1;
export const MS_NOSUID = 2;
export const MS_NODEV = 4;
export const MS_NOEXEC = 8;
export const MS_REMOUNT = 32;
export const MS_BIND = 4096;
export const MS_PRIVATE = 1 << 18;
export const MNT_FORCE = 1;
export const MNT_DETACH = 2;
export const MNT_EXPIRE = 4;
export const UMOUNT_NOFOLLOW = 8;
