/** Names: making, removing, moving and linking them. Every path is relative to the working directory if it is not absolute. */
import { C } from './constants.js';
import { call, type Path, path } from './error.js';

export function mkdir(name: Path, mode = 0o755): void {
  call('mkdirat', C.AT_FDCWD, path(name), mode);
}

export function mkdirat(dirfd: number, name: Path, mode = 0o755): void {
  call('mkdirat', dirfd, path(name), mode);
}

export function rmdir(name: Path): void {
  call('unlinkat', C.AT_FDCWD, path(name), C.AT_REMOVEDIR);
}

export function unlink(name: Path): void {
  call('unlinkat', C.AT_FDCWD, path(name), 0);
}

export function unlinkat(dirfd: number, name: Path, flags = 0): void {
  call('unlinkat', dirfd, path(name), flags);
}

/** renameat2(2); flags RENAME_*. */
export function rename(from: Path, to: Path, flags = 0): void {
  call('renameat2', C.AT_FDCWD, path(from), C.AT_FDCWD, path(to), flags);
}

export function renameat(fromDir: number, from: Path, toDir: number, to: Path, flags = 0): void {
  call('renameat2', fromDir, path(from), toDir, path(to), flags);
}

/** linkat(2); flags AT_SYMLINK_FOLLOW, AT_EMPTY_PATH. */
export function link(from: Path, to: Path, flags = 0): void {
  call('linkat', C.AT_FDCWD, path(from), C.AT_FDCWD, path(to), flags);
}

export function linkat(fromDir: number, from: Path, toDir: number, to: Path, flags = 0): void {
  call('linkat', fromDir, path(from), toDir, path(to), flags);
}

export function symlink(content: Path, name: Path): void {
  call('symlinkat', path(content), C.AT_FDCWD, path(name));
}

/** readlink(2) with a buffer of `capacity` bytes: what was put there. */
export function readlink(name: Path, capacity = 4096): Buffer {
  return readlinkat(C.AT_FDCWD, name, capacity);
}

export function readlinkat(dirfd: number, name: Path, capacity = 4096): Buffer {
  const buffer = Buffer.alloc(Math.max(capacity, 1));
  return buffer.subarray(0, call('readlinkat', dirfd, path(name), buffer, capacity));
}

/** mknod(2); `mode` with its type; `device` = makedev(3)'s number. */
export function mknod(name: Path, mode: number, device = 0): void {
  call('mknodat', C.AT_FDCWD, path(name), mode, device);
}

export function mkfifo(name: Path, mode = 0o644): void {
  mknod(name, C.S_IFIFO | mode);
}

/** access(2): with the real ids. Throws what access would report. */
export function access(name: Path, mode: number): void {
  call('faccessat', C.AT_FDCWD, path(name), mode);
}

/** faccessat2(2): with AT_EACCESS the effective ids. */
export function faccessat(dirfd: number, name: Path, mode: number, flags: number): void {
  call('faccessat2', dirfd, path(name), mode, flags);
}

export function chdir(name: Path): void {
  call('chdir', path(name));
}

export function fchdir(fd: number): void {
  call('fchdir', fd);
}

/** getcwd(2). */
export function getcwd(capacity = 8192): Buffer {
  const buffer = Buffer.alloc(capacity);
  return buffer.subarray(0, call('getcwd', buffer, capacity) - 1);
}
