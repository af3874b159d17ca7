/** Extended attributes. The `l…` forms do not follow a symlink, the `f…` forms take a descriptor. */
import { call, type Path, path } from './error.js';

type Data = string | Uint8Array;
type Target = Path | number;

const form = (target: Target, name: string, l = false) =>
  typeof target === 'number' ? `f${name}` : l ? `l${name}` : name;
const word = (target: Target) => (typeof target === 'number' ? target : path(target));

/** setxattr(2); flags XATTR_CREATE, XATTR_REPLACE. */
export function setxattr(target: Target, name: Path, value: Data, flags = 0): void {
  const data = Buffer.from(value as Uint8Array);
  call(form(target, 'setxattr'), word(target), path(name), data, data.length, flags);
}

export function lsetxattr(target: Path, name: Path, value: Data, flags = 0): void {
  const data = Buffer.from(value as Uint8Array);
  call('lsetxattr', path(target), path(name), data, data.length, flags);
}

/** The value, with a buffer of `capacity` bytes. */
export function getxattr(target: Target, name: Path, capacity = 65536): Buffer {
  const buffer = Buffer.alloc(Math.max(1, capacity));
  return buffer.subarray(0, call(form(target, 'getxattr'), word(target), path(name), buffer, capacity));
}

/** The size of the value: getxattr(2) with a size of 0. */
export function getxattrSize(target: Target, name: Path): number {
  return call(form(target, 'getxattr'), word(target), path(name), null, 0);
}

/** The names, sorted, as latin1 strings (one character per byte). */
export function listxattr(target: Target, capacity = 65536, nofollow = false): string[] {
  const buffer = Buffer.alloc(capacity);
  const length = call(form(target, 'listxattr', nofollow), word(target), buffer, capacity);
  return buffer.subarray(0, length).toString('latin1').split('\0').slice(0, -1).sort();
}

/** listxattr(2) with a size of 0. */
export function listxattrSize(target: Target): number {
  return call(form(target, 'listxattr'), word(target), null, 0);
}

export function removexattr(target: Target, name: Path): void {
  call(form(target, 'removexattr'), word(target), path(name));
}

export function lremovexattr(target: Path, name: Path): void {
  call('lremovexattr', path(target), path(name));
}
