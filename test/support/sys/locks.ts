/** Record locks (fcntl), open file description locks, flock(2). */
import { C } from './constants.js';
import { call } from './error.js';

/** `struct flock` of 64-bit Linux: short type, short whence, s64 start, s64 length (0 = to infinity), s32 pid. */
export interface Lock {
  type: number;
  start?: number | bigint;
  length?: number | bigint;
  whence?: number;
  pid?: number;
}

function record(lock: Lock): Buffer {
  const b = Buffer.alloc(32);
  b.writeInt16LE(lock.type, 0);
  b.writeInt16LE(lock.whence ?? C.SEEK_SET, 2);
  b.writeBigInt64LE(BigInt(lock.start ?? 0), 8);
  b.writeBigInt64LE(BigInt(lock.length ?? 0), 16);
  b.writeInt32LE(lock.pid ?? 0, 24);
  return b;
}

/** fcntl(fd, command, lock) with F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW. */
export function setlk(fd: number, command: number, lock: Lock): void {
  call('fcntl', fd, command, record(lock));
}

/** F_SETLK of a type over a range; the short form most tests use. */
export function lock(fd: number, type: number, start = 0, length = 0): void {
  setlk(fd, C.F_SETLK, { type, start, length });
}

/** F_SETLKW: waits. */
export function lockWait(fd: number, type: number, start = 0, length = 0): void {
  setlk(fd, C.F_SETLKW, { type, start, length });
}

/** F_OFD_SETLK. */
export function ofdLock(fd: number, type: number, start = 0, length = 0): void {
  setlk(fd, C.F_OFD_SETLK, { type, start, length });
}

/** F_OFD_SETLKW: waits. */
export function ofdLockWait(fd: number, type: number, start = 0, length = 0): void {
  setlk(fd, C.F_OFD_SETLKW, { type, start, length });
}

/** F_GETLK or F_OFD_GETLK: the first lock in the way, or type F_UNLCK. */
export function getlk(fd: number, command: number, lock: Lock): Required<Lock> {
  const b = record(lock);
  call('fcntl', fd, command, b);
  return {
    type: b.readInt16LE(0),
    whence: b.readInt16LE(2),
    start: Number(b.readBigInt64LE(8)),
    length: Number(b.readBigInt64LE(16)),
    pid: b.readInt32LE(24),
  };
}

/** flock(2); operation LOCK_*. */
export function flock(fd: number, operation: number): void {
  call('flock', fd, operation);
}
