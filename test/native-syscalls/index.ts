/**
 * The addon of the tests (syscalls.cc), typed. Built by `npm run build:test-addon`; where the compiled tests live
 * elsewhere than beside their sources, OSMOFS_TEST_ADDON names the `.node` file.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** An argument of a system call: an integer, or the memory of a Buffer. `null` is a null pointer (or 0). */
export type Word = number | bigint | Uint8Array | null;

interface Addon {
  /** The result, or `-errno`. A bigint only beyond 2^53. */
  syscall(nr: number, ...args: Word[]): number | bigint;
  /** The address of a Buffer's bytes; the caller keeps the Buffer alive. */
  address(buffer: Uint8Array): bigint;
  /** Copies mapped memory at `address` into the buffer, or (`store`) the buffer to the memory. May raise SIGBUS. */
  copy(buffer: Uint8Array, address: number | bigint, store: boolean): void;
  /** 0 default, 1 ignore, 2 handle by doing nothing, ending system calls with EINTR. Result 0 or `-errno`. */
  disposition(signal: number, how: 0 | 1 | 2): number;
  /** Call numbers of this architecture, out of `<sys/syscall.h>`. */
  readonly numbers: Readonly<Record<string, number>>;
}

// From dist/test/native-syscalls back to the checkout.
const built = new URL('../../../test/native-syscalls/build/Release/syscalls.node', import.meta.url);

export const addon = createRequire(import.meta.url)(process.env.OSMOFS_TEST_ADDON ?? fileURLToPath(built)) as Addon;
