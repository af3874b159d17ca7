/** What an object is: statx, modes, owners, times, file system figures. Times are bigint nanoseconds since 1970. */
import { C } from './constants.js';
import { call, type Path, path } from './error.js';

export interface Stat {
  /** what the file system filled in, STATX_* */
  mask: number;
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
  ino: bigint;
  size: number;
  /** units of 512 bytes */
  blocks: number;
  blksize: number;
  /** "major:minor" of the file system */
  dev: string;
  /** "major:minor" of a device node */
  rdev: string;
  atime: bigint;
  mtime: bigint;
  ctime: bigint;
  btime: bigint;
}

/** statx(2), `struct statx` as `<linux/stat.h>` lays it out. */
export function statx(dirfd: number, name: Path, flags: number, mask: number): Stat {
  const b = Buffer.alloc(256);
  call('statx', dirfd, path(name), flags, mask, b);
  const time = (at: number) => b.readBigInt64LE(at) * 1_000_000_000n + BigInt(b.readUInt32LE(at + 8));
  return {
    mask: b.readUInt32LE(0),
    blksize: b.readUInt32LE(4),
    nlink: b.readUInt32LE(16),
    uid: b.readUInt32LE(20),
    gid: b.readUInt32LE(24),
    mode: b.readUInt16LE(28),
    ino: b.readBigUInt64LE(32),
    size: Number(b.readBigUInt64LE(40)),
    blocks: Number(b.readBigUInt64LE(48)),
    atime: time(64),
    btime: time(80),
    ctime: time(96),
    mtime: time(112),
    rdev: `${b.readUInt32LE(128)}:${b.readUInt32LE(132)}`,
    dev: `${b.readUInt32LE(136)}:${b.readUInt32LE(140)}`,
  };
}

const all = C.STATX_BASIC_STATS | C.STATX_BTIME;

export const stat = (name: Path): Stat => statx(C.AT_FDCWD, name, 0, all);
export const lstat = (name: Path): Stat => statx(C.AT_FDCWD, name, C.AT_SYMLINK_NOFOLLOW, all);
export const fstat = (fd: number): Stat => statx(fd, '', C.AT_EMPTY_PATH, all);
export const statat = (dirfd: number, name: Path): Stat => statx(dirfd, name, C.AT_SYMLINK_NOFOLLOW, all);

/** Whether the name leads to anything, a dangling symlink included. */
export function exists(name: Path): boolean {
  try {
    lstat(name);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return false;
    throw error;
  }
}

export function chmod(name: Path, mode: number): void {
  call('fchmodat', C.AT_FDCWD, path(name), mode);
}

export function fchmod(fd: number, mode: number): void {
  call('fchmod', fd, mode);
}

/** fchmodat2(2), which takes AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH. */
export function fchmodat2(dirfd: number, name: Path, mode: number, flags: number): void {
  call('fchmodat2', dirfd, path(name), mode, flags);
}

/** -1 leaves an id alone. */
export function chown(name: Path, uid: number, gid: number): void {
  call('fchownat', C.AT_FDCWD, path(name), uid, gid, 0);
}

export function lchown(name: Path, uid: number, gid: number): void {
  call('fchownat', C.AT_FDCWD, path(name), uid, gid, C.AT_SYMLINK_NOFOLLOW);
}

export function fchown(fd: number, uid: number, gid: number): void {
  call('fchown', fd, uid, gid);
}

/** A time for {@link utimens}: nanoseconds since 1970, or what to do instead, or nanoseconds as they are (to be wrong). */
export type Time = bigint | 'now' | 'omit' | { seconds: bigint; nanoseconds: number };

function timespec(buffer: Buffer, at: number, time: Time): void {
  let seconds = 0n;
  let nanoseconds = 0n;
  if (time === 'now') nanoseconds = BigInt(C.UTIME_NOW);
  else if (time === 'omit') nanoseconds = BigInt(C.UTIME_OMIT);
  else if (typeof time === 'object') {
    seconds = time.seconds;
    nanoseconds = BigInt(time.nanoseconds);
  } else {
    const billion = 1_000_000_000n;
    nanoseconds = ((time % billion) + billion) % billion;
    seconds = (time - nanoseconds) / billion;
  }
  buffer.writeBigInt64LE(seconds, at);
  buffer.writeBigInt64LE(nanoseconds, at + 8);
}

function times(atime: Time, mtime: Time): Buffer {
  const buffer = Buffer.alloc(32);
  timespec(buffer, 0, atime);
  timespec(buffer, 16, mtime);
  return buffer;
}

/** utimensat(2); flags AT_SYMLINK_NOFOLLOW. */
export function utimens(name: Path, atime: Time, mtime: Time, flags = 0): void {
  call('utimensat', C.AT_FDCWD, path(name), times(atime, mtime), flags);
}

/** futimens(3). */
export function futimens(fd: number, atime: Time, mtime: Time): void {
  call('utimensat', fd, null, times(atime, mtime), 0);
}

/** utimensat(2) with a null pointer: both now. */
export function touch(name: Path): void {
  call('utimensat', C.AT_FDCWD, path(name), null, 0);
}

export interface StatFs {
  type: bigint;
  bsize: number;
  blocks: number;
  bfree: number;
  bavail: number;
  files: number;
  ffree: number;
  namelen: number;
  frsize: number;
}

/** `struct statfs` of 64-bit Linux. */
function statfsOf(fill: (buffer: Buffer) => void): StatFs {
  const b = Buffer.alloc(120);
  fill(b);
  const at = (offset: number) => Number(b.readBigUInt64LE(offset));
  return {
    type: b.readBigUInt64LE(0),
    bsize: at(8),
    blocks: at(16),
    bfree: at(24),
    bavail: at(32),
    files: at(40),
    ffree: at(48),
    namelen: at(64),
    frsize: at(72),
  };
}

export const statfs = (name: Path): StatFs => statfsOf((buffer) => call('statfs', path(name), buffer));
export const fstatfs = (fd: number): StatFs => statfsOf((buffer) => call('fstatfs', fd, buffer));
