/** Calls of the seam with a path, for threads that need one now and then: set-up code, not requests. */
import { check, os } from '../native/index.js';

let scratch: Uint8Array | undefined;

/** Opens a share root. @throws SystemError */
export function openShareRoot(path: string): number {
  if (scratch === undefined) {
    const arena = os.createArena(8192);
    os.attachArena(arena);
    scratch = new Uint8Array(arena);
  }
  const bytes = Buffer.from(path);
  scratch.set(bytes.subarray(0, scratch.length - 1), 0);
  scratch[Math.min(bytes.length, scratch.length - 1)] = 0;
  return check(os.openRoot(0), 'open', path);
}
