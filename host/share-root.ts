/** Calls of the seam with a path, for threads that need one now and then: set-up code, not requests. */
import { check, os } from '../native/index.js';
import type { FileSystem } from './grants.js';

/** Of a mount table; a machine with a thousand containers has less. Not touched, not in memory. */
const ROOM = 1024 * 1024;

let memory: Uint8Array | undefined;

/** The arena of this thread. */
function scratch(): Uint8Array {
  if (memory === undefined) {
    const arena = os.createArena(ROOM);
    os.attachArena(arena);
    memory = new Uint8Array(arena);
  }
  return memory;
}

/** Opens a share root. @throws SystemError */
export function openShareRoot(path: string): number {
  const bytes = Buffer.from(path);
  scratch().set(bytes.subarray(0, ROOM - 1), 0);
  scratch()[Math.min(bytes.length, ROOM - 1)] = 0;
  return check(os.openRoot(0), 'open', path);
}

/** What is mounted on this machine, oldest first; undefined if it cannot be known. */
export function mountedFileSystems(): FileSystem[] | undefined {
  const length = os.fileSystems(0, scratch().length);
  if (length < 0) return undefined;
  const texts = Buffer.from(scratch().buffer, 0, length).toString().split('\0');
  return Array.from({ length: texts.length >> 1 }, (_, i) => ({ type: texts[2 * i]!, point: texts[2 * i + 1]! }));
}
