/** Calls of the seam with a path, for threads that need one now and then: set-up code, not requests. */
import { check, FILE_SYSTEM, os } from '../native/index.js';
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

/** Of a path; longer ones have none to give. */
const PATH_ROOM = 64 * 1024;

/** Absolute path of what `fd` refers to now, as bytes. @throws SystemError */
export function pathOf(fd: number): Buffer {
  const memory = scratch();
  return Buffer.from(memory.slice(0, check(os.pathOf(fd, 0, PATH_ROOM), 'pathOf')));
}

/** Which file system `fd` is on: see FILE_SYSTEM. @throws SystemError */
export function fileSystemOf(fd: number): { magic: number; local: boolean; name: string } {
  const { buffer } = scratch();
  check(os.fileSystemOf(fd, 0), 'statfs');
  const record = new DataView(buffer, 0, FILE_SYSTEM.size);
  const name = Buffer.from(buffer, FILE_SYSTEM.name, FILE_SYSTEM.size - FILE_SYSTEM.name).toString('latin1');
  return {
    magic: record.getUint32(FILE_SYSTEM.magic, true),
    local: record.getUint32(FILE_SYSTEM.local, true) !== 0,
    name: name.slice(0, name.indexOf('\0')),
  };
}
