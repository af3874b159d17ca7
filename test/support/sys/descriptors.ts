/** Opening and closing. What a case leaves open is closed after it ({@link closeAll}). */
import { C } from './constants.js';
import { call, type Path, path } from './error.js';

const opened = new Set<number>();

/** Notes a descriptor for {@link closeAll}. */
export function keep(fd: number): number {
  opened.add(fd);
  return fd;
}

/** open(2): O_CLOEXEC is added. Result: the descriptor. */
export function open(name: Path, flags: number, mode = 0o644): number {
  return openat(C.AT_FDCWD, name, flags, mode);
}

export function openat(dirfd: number, name: Path, flags: number, mode = 0o644): number {
  return keep(call('openat', dirfd, path(name), flags | C.O_CLOEXEC, mode));
}

/** openat2(2) with `struct open_how` {u64 flags, mode, resolve}. */
export function openat2(dirfd: number, name: Path, flags: number, mode: number, resolve: number): number {
  const how = Buffer.alloc(24);
  how.writeBigUInt64LE(BigInt(flags | C.O_CLOEXEC), 0);
  how.writeBigUInt64LE(BigInt(mode), 8);
  how.writeBigUInt64LE(BigInt(resolve), 16);
  return keep(call('openat2', dirfd, path(name), how, how.length));
}

export function close(fd: number): void {
  opened.delete(fd);
  call('close', fd);
}

export function dup(fd: number): number {
  return keep(call('dup', fd));
}

/** pipe2(2), close-on-exec: [read end, write end]. */
export function pipe(): [number, number] {
  const pair = Buffer.alloc(8);
  call('pipe2', pair, C.O_CLOEXEC);
  return [keep(pair.readInt32LE(0)), keep(pair.readInt32LE(4))];
}

/** Closes whatever the functions of this folder opened and nobody closed. */
export function closeAll(): void {
  for (const fd of [...opened]) {
    try {
      close(fd);
    } catch {
      // A case may have closed it behind our back; the aim is that nothing stays open.
    }
  }
}

/** fcntl(2) with an integer argument. */
export function fcntl(fd: number, command: number, argument = 0): number {
  return call('fcntl', fd, command, argument);
}

/** Takes a descriptor out of {@link closeAll}'s hands. */
export function disown(fd: number): number {
  opened.delete(fd);
  return fd;
}
