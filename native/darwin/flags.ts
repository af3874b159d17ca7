/**
 * Linux's flags (`protocol/linux.ts`) and darwin's, both ways. Sources: `<sys/fcntl.h>`, `<sys/stdio.h>`,
 * `<sys/xattr.h>`, `<sys/_types/_seek_set.h>` of Apple's SDK; `native/darwin/check.ts` compiles the numbers against them.
 *
 * A translation to darwin gives the flags, or `-errno` (Linux's) where darwin has nothing that would do.
 * What travels in memory records (lock types, fallocate modes, UTIME_*) is translated in C++ where it is read; file
 * types, permission bits, access masks, flock operations and DT_* are the same numbers on both systems.
 */
import { Errno } from '../../protocol/errno.js';
import * as Linux from '../../protocol/linux.js';

export const O_ACCMODE = 0x3;
export const O_RDONLY = 0x0;
export const O_WRONLY = 0x1;
export const O_RDWR = 0x2;
export const O_NONBLOCK = 0x4;
export const O_APPEND = 0x8;
export const O_SYNC = 0x80;
export const O_NOFOLLOW = 0x100;
export const O_CREAT = 0x200;
export const O_TRUNC = 0x400;
export const O_EXCL = 0x800;
export const O_NOCTTY = 0x20000;
export const O_DIRECTORY = 0x100000;
export const O_DSYNC = 0x400000;
export const O_CLOEXEC = 0x1000000;

/**
 * Not an open flag: asks the addon to set F_NOCACHE on the new descriptor, darwin's nearest to O_DIRECT. Without
 * O_DIRECT's alignment rules, so nothing that works on Linux fails. A bit that open(2) keeps to the kernel itself.
 */
export const OPEN_NOCACHE = 0x10000000;

export const RENAME_SWAP = 0x2;
export const RENAME_EXCL = 0x4;

export const XATTR_CREATE = 0x2;
export const XATTR_REPLACE = 0x4;

export const SEEK_SET = 0;
export const SEEK_CUR = 1;
export const SEEK_END = 2;
/** The two are swapped against Linux (SEEK_DATA 3, SEEK_HOLE 4): untranslated, a sparse copy would lose the data. */
export const SEEK_HOLE = 3;
export const SEEK_DATA = 4;

/** Single bits with the same meaning. O_SYNC is apart: on Linux it contains O_DSYNC. */
const OpenPairs: readonly (readonly [linux: number, darwin: number])[] = [
  [Linux.O_CREAT, O_CREAT],
  [Linux.O_EXCL, O_EXCL],
  [Linux.O_NOCTTY, O_NOCTTY],
  [Linux.O_TRUNC, O_TRUNC],
  [Linux.O_APPEND, O_APPEND],
  [Linux.O_NONBLOCK, O_NONBLOCK],
  [Linux.O_DIRECT, OPEN_NOCACHE],
  [Linux.O_DIRECTORY, O_DIRECTORY],
  [Linux.O_NOFOLLOW, O_NOFOLLOW],
  [Linux.O_CLOEXEC, O_CLOEXEC],
];

const LINUX_SYNC_ONLY = Linux.O_SYNC & ~Linux.O_DSYNC;
const LINUX_TMPFILE_ONLY = Linux.O_TMPFILE & ~Linux.O_DIRECTORY;

/**
 * Linux's open(2) flags → darwin's. Dropped, because darwin does it anyway or has no such thing: O_LARGEFILE, O_NOATIME,
 * FASYNC, FMODE_EXEC. -EOPNOTSUPP for O_TMPFILE; -EINVAL for O_PATH (that is `openObject`) and access mode 3.
 */
export function openFlagsToDarwin(linux: number): number {
  if (linux & LINUX_TMPFILE_ONLY) return -Errno.EOPNOTSUPP;
  if (linux & Linux.O_PATH) return -Errno.EINVAL;
  let darwin = linux & Linux.O_ACCMODE;
  if (darwin === Linux.O_ACCMODE) return -Errno.EINVAL;
  for (const [from, to] of OpenPairs) if (linux & from) darwin |= to;
  if (linux & LINUX_SYNC_ONLY) darwin |= O_SYNC;
  else if (linux & Linux.O_DSYNC) darwin |= O_DSYNC;
  return darwin;
}

/** Darwin's open(2) or F_GETFL flags → Linux's. Bits that Linux does not know (O_EVTONLY, O_SYMLINK …) are dropped. */
export function openFlagsToLinux(darwin: number): number {
  let linux = darwin & O_ACCMODE;
  for (const [to, from] of OpenPairs) if (darwin & from) linux |= to;
  if (darwin & O_SYNC) linux |= Linux.O_SYNC;
  else if (darwin & O_DSYNC) linux |= Linux.O_DSYNC;
  return linux;
}

/** renameat2(2) → renameatx_np(2). -EINVAL for RENAME_WHITEOUT, unknown bits and both at once, as Linux says it. */
export function renameFlagsToDarwin(linux: number): number {
  switch (linux) {
    case 0:
      return 0;
    case Linux.RENAME_NOREPLACE:
      return RENAME_EXCL;
    case Linux.RENAME_EXCHANGE:
      return RENAME_SWAP;
    default:
      return -Errno.EINVAL;
  }
}

/** renameatx_np(2) → renameat2(2); other bits are dropped. */
export function renameFlagsToLinux(darwin: number): number {
  return (darwin & RENAME_EXCL ? Linux.RENAME_NOREPLACE : 0) | (darwin & RENAME_SWAP ? Linux.RENAME_EXCHANGE : 0);
}

/** Linux's whence → darwin's, and back: the mapping is its own inverse. -EINVAL for any other number. */
export function whenceToDarwin(linux: number): number {
  switch (linux) {
    case Linux.SEEK_SET:
    case Linux.SEEK_CUR:
    case Linux.SEEK_END:
      return linux;
    case Linux.SEEK_DATA:
      return SEEK_DATA;
    case Linux.SEEK_HOLE:
      return SEEK_HOLE;
    default:
      return -Errno.EINVAL;
  }
}

/** Flags of setxattr(2). -EINVAL for unknown bits; both at once is left to the system to refuse. */
export function xattrFlagsToDarwin(linux: number): number {
  if (linux & ~(Linux.XATTR_CREATE | Linux.XATTR_REPLACE)) return -Errno.EINVAL;
  return (linux & Linux.XATTR_CREATE ? XATTR_CREATE : 0) | (linux & Linux.XATTR_REPLACE ? XATTR_REPLACE : 0);
}

/** Darwin's options of setxattr(2) → Linux's flags; XATTR_NOFOLLOW and the like are dropped. */
export function xattrFlagsToLinux(darwin: number): number {
  return (darwin & XATTR_CREATE ? Linux.XATTR_CREATE : 0) | (darwin & XATTR_REPLACE ? Linux.XATTR_REPLACE : 0);
}
