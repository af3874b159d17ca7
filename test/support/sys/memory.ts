/** mmap(2) and what belongs to it. Mappings that a case leaves are undone after it ({@link unmapAll}). */
import { addon } from '../../native-syscalls/index.js';
import { call } from './error.js';

const mapped = new Map<number, number>();

/** Maps `length` bytes of `fd` at `offset`; result: the address. */
export function mmap(fd: number, length: number, protection: number, flags: number, offset = 0): number {
  const address = call('mmap', 0, length, protection, flags, fd, offset);
  mapped.set(address, length);
  return address;
}

/** Loads bytes from mapped memory. SIGBUS beyond the end of the file. */
export function load(address: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  addon.copy(buffer, address, false);
  return buffer;
}

/** Stores bytes to mapped memory. */
export function store(address: number, data: string | Uint8Array): void {
  addon.copy(Buffer.from(data as Uint8Array), address, true);
}

export function msync(address: number, length: number, flags: number): void {
  call('msync', address, length, flags);
}

export function munmap(address: number, length: number): void {
  mapped.delete(address);
  call('munmap', address, length);
}

export function unmapAll(): void {
  for (const [address, length] of [...mapped]) munmap(address, length);
}
