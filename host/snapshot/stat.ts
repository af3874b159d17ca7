/**
 * What a snapshot remembers of an inode: a row of {@link S.words} 32-bit words, compared word by word.
 *
 * Identity is (device, ino, birth, type of the mode), as in the node table: host file systems reuse inode numbers. Times are
 * 34 bits of seconds and 30 of nanoseconds in two words (ext4's own form: exact from 1901 to 2446); what is beyond wraps and
 * can still be compared. There is no atime: reading is no change.
 */
import { STAT } from '../../native/os.js';
import { fuse_attr } from '../../protocol/fuse/structs.js';
import { S_IFDIR, S_IFMT } from '../../protocol/linux.js';

/** Word of each field in a row. */
export const S = {
  /** index of the device, below 65,536 (see Inspector) */
  device: 0,
  inoLo: 1,
  inoHi: 2,
  /** 32 bits made of the birth time; 0 where the file system has none */
  birth: 3,
  /** st_mode, with the type */
  mode: 4,
  nlink: 5,
  uid: 6,
  gid: 7,
  sizeLo: 8,
  sizeHi: 9,
  /** seconds, low 32 bits */
  mtimeLo: 10,
  /** nanoseconds, and bits 32 and 33 of the seconds at the top */
  mtimeHi: 11,
  ctimeLo: 12,
  ctimeHi: 13,
  words: 14,
} as const;

const A = fuse_attr.at;

/**
 * Makes a row at `to` of `target` from the {@link STAT} record that `statBirth` wrote at byte `at` of `words` (its ino being the
 * host's). `device` is the device's index.
 */
export function readStat(words: Uint32Array, at: number, device: number, target: Uint32Array, to: number): void {
  const w = (at + STAT.attr) >> 2;
  const field = (offset: number) => words[w + (offset >> 2)];
  target[to + S.device] = device;
  target[to + S.inoLo] = field(A.ino);
  target[to + S.inoHi] = field(A.ino + 4);
  target[to + S.birth] = words[(at + STAT.btime) >> 2] ^ Math.imul(words[(at + STAT.btimeNsec) >> 2], 0x9e3779b1);
  target[to + S.mode] = field(A.mode);
  target[to + S.nlink] = field(A.nlink);
  target[to + S.uid] = field(A.uid);
  target[to + S.gid] = field(A.gid);
  target[to + S.sizeLo] = field(A.size);
  target[to + S.sizeHi] = field(A.size + 4);
  target[to + S.mtimeLo] = field(A.mtime);
  target[to + S.mtimeHi] = field(A.mtimensec) | (field(A.mtime + 4) << 30);
  target[to + S.ctimeLo] = field(A.ctime);
  target[to + S.ctimeHi] = field(A.ctimensec) | (field(A.ctime + 4) << 30);
}

export function isDirectory(mode: number): boolean {
  return (mode & S_IFMT) === S_IFDIR;
}

const NANOSECONDS = 0x3fff_ffff;

/** Seconds of the time at word `low` of a row, from 1901 to 2446. */
export function secondsOf(row: Uint32Array, low: number): bigint {
  const seconds = (BigInt(row[low + 1] >>> 30) << 32n) | BigInt(row[low]);
  return seconds >= 0x3_8000_0000n ? seconds - 0x4_0000_0000n : seconds;
}

/** Nanoseconds of the time of which `high` is the upper word. */
export function nanosecondsOf(high: number): number {
  return high & NANOSECONDS;
}
