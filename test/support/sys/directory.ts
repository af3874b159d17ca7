/** getdents64(2) as telldir and seekdir need it: every entry with the cookie that continues after it. */
import { addon } from '../../native-syscalls/index.js';
import { C } from './constants.js';
import { close, open } from './descriptors.js';
import { call, type Path } from './error.js';

export interface Entry {
  /** one character per byte */
  name: string;
  ino: bigint;
  /** DT_* */
  type: number;
  /** where reading continues after this entry, opaque 64 bits: seekdir's argument */
  next: bigint;
}

/** One getdents64 call with a buffer of `capacity` bytes; empty at the end. */
export function getdents(fd: number, capacity = 32768): Entry[] {
  const buffer = Buffer.alloc(capacity);
  const length = call('getdents64', fd, buffer, capacity);
  const entries: Entry[] = [];
  // struct linux_dirent64: u64 ino, s64 off, u16 reclen, u8 type, name NUL-terminated
  for (let at = 0; at < length; at += buffer.readUInt16LE(at + 16)) {
    const end = buffer.indexOf(0, at + 19);
    entries.push({
      ino: buffer.readBigUInt64LE(at),
      next: buffer.readBigInt64LE(at + 8),
      type: buffer[at + 18]!,
      name: buffer.toString('latin1', at + 19, end),
    });
  }
  return entries;
}

/** Reads on to the end. */
export function readRest(fd: number, capacity = 32768): Entry[] {
  const entries: Entry[] = [];
  for (;;) {
    const some = getdents(fd, capacity);
    if (some.length === 0) return entries;
    entries.push(...some);
  }
}

/** lseek(2) to a cookie (or 0n: rewinddir). */
export function seekdir(fd: number, cookie: bigint): void {
  call('lseek', fd, cookie, C.SEEK_SET);
}

/** The cookie where reading goes on, all 64 bits of it. */
export function telldir(fd: number): bigint {
  return BigInt(addon.syscall(addon.numbers.lseek!, fd, 0, C.SEEK_CUR));
}

/** All entries but "." and "..", in the order read. */
export function readdir(name: Path): Entry[] {
  const fd = open(name, C.O_RDONLY | C.O_DIRECTORY);
  try {
    return readRest(fd).filter((entry) => entry.name !== '.' && entry.name !== '..');
  } finally {
    close(fd);
  }
}

/** The names of {@link readdir}, sorted. */
export function names(name: Path): string[] {
  return readdir(name)
    .map((entry) => entry.name)
    .sort();
}
