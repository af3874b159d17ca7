/** Calls of the seam with a path, for threads that need one now and then: set-up code, not requests. */
import { check, FILE_SYSTEM, os } from '../native/index.js';
import type { FileSystem } from './grants.js';

/** Memory of the thread's arena that is free while a call lasts. */
export interface Scratch {
  readonly memory: Uint8Array;
  readonly offset: number;
  readonly size: number;
}

/** Of a mount table; a machine with a thousand containers has less. Not touched, not in memory. */
const ROOM = 1024 * 1024;

let own: Scratch | undefined;

/** The arena of a thread that has no other. */
export function scratch(): Scratch {
  if (own === undefined) {
    const arena = os.createArena(ROOM);
    os.attachArena(arena);
    own = { memory: new Uint8Array(arena), offset: 0, size: ROOM };
  }
  return own;
}

/** Opens a share root. @throws SystemError */
export function openShareRoot(path: string): number {
  const bytes = Buffer.from(path);
  const { memory } = scratch();
  memory.set(bytes.subarray(0, ROOM - 1), 0);
  memory[Math.min(bytes.length, ROOM - 1)] = 0;
  return check(os.openRoot(0), 'open', path);
}

/** What is mounted on this machine, oldest first; undefined if it cannot be known. */
export function mountedFileSystems({ memory, offset, size } = scratch()): FileSystem[] | undefined {
  const length = os.fileSystems(offset, size);
  if (length < 0) return undefined;
  const texts = Buffer.from(memory.subarray(offset, offset + length))
    .toString()
    .split('\0');
  return Array.from({ length: texts.length >> 1 }, (_, i) => ({ type: texts[2 * i]!, point: texts[2 * i + 1]! }));
}

/** Of a path; longer ones have none to give. */
const PATH_ROOM = 64 * 1024;

/** Absolute path of what `fd` refers to now, as bytes. @throws SystemError */
export function pathOf(fd: number, { memory, offset, size } = scratch()): Buffer {
  const length = check(os.pathOf(fd, offset, Math.min(size, PATH_ROOM)), 'pathOf');
  return Buffer.from(memory.subarray(offset, offset + length));
}

/** Which file system `fd` is on: see FILE_SYSTEM. @throws SystemError */
export function fileSystemOf(
  fd: number,
  { memory, offset } = scratch(),
): { magic: number; local: boolean; name: string } {
  check(os.fileSystemOf(fd, offset), 'statfs');
  const record = new DataView(memory.buffer, offset, FILE_SYSTEM.size);
  const name = Buffer.from(memory.buffer, offset + FILE_SYSTEM.name, FILE_SYSTEM.size - FILE_SYSTEM.name).toString(
    'latin1',
  );
  return {
    magic: record.getUint32(FILE_SYSTEM.magic, true),
    local: record.getUint32(FILE_SYSTEM.local, true) !== 0,
    name: name.slice(0, name.indexOf('\0')),
  };
}
