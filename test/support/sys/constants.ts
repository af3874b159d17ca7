/** Numbers from the kernel's headers, in their spelling. Open flags that differ by architecture come from Node. */
import { constants as fs } from 'node:fs';

const own = {
  // <fcntl.h>, the same everywhere Linux runs
  O_CLOEXEC: 0o2000000,
  O_PATH: 0o10000000,
  AT_FDCWD: -100,
  AT_SYMLINK_NOFOLLOW: 0x100,
  AT_REMOVEDIR: 0x200,
  AT_EACCESS: 0x200,
  AT_SYMLINK_FOLLOW: 0x400,
  AT_EMPTY_PATH: 0x1000,
  F_DUPFD: 0,
  F_GETFL: 3,
  F_SETFL: 4,
  F_GETLK: 5,
  F_SETLK: 6,
  F_SETLKW: 7,
  F_OFD_GETLK: 36,
  F_OFD_SETLK: 37,
  F_OFD_SETLKW: 38,
  F_RDLCK: 0,
  F_WRLCK: 1,
  F_UNLCK: 2,
  LOCK_SH: 1,
  LOCK_EX: 2,
  LOCK_NB: 4,
  LOCK_UN: 8,
  R_OK: 4,
  W_OK: 2,
  X_OK: 1,
  F_OK: 0,
  // <unistd.h>
  SEEK_SET: 0,
  SEEK_CUR: 1,
  SEEK_END: 2,
  SEEK_DATA: 3,
  SEEK_HOLE: 4,
  // <linux/fs.h>
  RENAME_NOREPLACE: 1,
  RENAME_EXCHANGE: 2,
  RENAME_WHITEOUT: 4,
  RWF_DSYNC: 0x2,
  RWF_APPEND: 0x10,
  // <linux/falloc.h>
  FALLOC_FL_KEEP_SIZE: 1,
  FALLOC_FL_PUNCH_HOLE: 2,
  FALLOC_FL_COLLAPSE_RANGE: 8,
  FALLOC_FL_ZERO_RANGE: 16,
  FALLOC_FL_INSERT_RANGE: 32,
  // <linux/stat.h>
  STATX_BASIC_STATS: 0x7ff,
  STATX_BTIME: 0x800,
  UTIME_NOW: 0x3fffffff,
  UTIME_OMIT: 0x3ffffffe,
  // <linux/xattr.h>
  XATTR_CREATE: 1,
  XATTR_REPLACE: 2,
  // <linux/openat2.h>
  RESOLVE_NO_SYMLINKS: 4,
  RESOLVE_BENEATH: 8,
  // <dirent.h>
  DT_FIFO: 1,
  DT_CHR: 2,
  DT_DIR: 4,
  DT_REG: 8,
  DT_LNK: 10,
  DT_SOCK: 12,
  // <sys/mman.h>
  PROT_READ: 1,
  PROT_WRITE: 2,
  PROT_EXEC: 4,
  MAP_SHARED: 1,
  MAP_PRIVATE: 2,
  MS_ASYNC: 1,
  MS_SYNC: 4,
  // <sys/stat.h>
  S_ISUID: 0o4000,
  S_ISGID: 0o2000,
  S_ISVTX: 0o1000,
  // <sys/resource.h>
  RLIMIT_FSIZE: 1,
  RLIMIT_CORE: 4,
  // <sys/socket.h>
  AF_UNIX: 1,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  // <linux/prctl.h>
  PR_SET_PDEATHSIG: 1,
} as const;

/** Bit of O_TMPFILE beside O_DIRECTORY. */
const TMPFILE = 0o20000000;

export const C = {
  ...own,
  O_RDONLY: fs.O_RDONLY,
  O_WRONLY: fs.O_WRONLY,
  O_RDWR: fs.O_RDWR,
  O_CREAT: fs.O_CREAT,
  O_EXCL: fs.O_EXCL,
  O_TRUNC: fs.O_TRUNC,
  O_APPEND: fs.O_APPEND,
  O_NONBLOCK: fs.O_NONBLOCK,
  O_DSYNC: fs.O_DSYNC,
  O_SYNC: fs.O_SYNC,
  O_DIRECT: fs.O_DIRECT,
  O_DIRECTORY: fs.O_DIRECTORY,
  O_NOFOLLOW: fs.O_NOFOLLOW,
  O_NOATIME: fs.O_NOATIME,
  O_TMPFILE: TMPFILE | fs.O_DIRECTORY,
  S_IFMT: fs.S_IFMT,
  S_IFREG: fs.S_IFREG,
  S_IFDIR: fs.S_IFDIR,
  S_IFLNK: fs.S_IFLNK,
  S_IFCHR: fs.S_IFCHR,
  S_IFBLK: fs.S_IFBLK,
  S_IFIFO: fs.S_IFIFO,
  S_IFSOCK: fs.S_IFSOCK,
} as const;
