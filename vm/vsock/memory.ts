/** The worker's arena: who has which part of it. */
import type { Os } from '../../native/os.js';
import { HEADER } from './packet.js';
import { LONGEST } from './vhost-user.js';

/** Events that one wait can report, at 8 bytes. */
export const MOST_EVENTS = 256;

const PATH_BYTES = 4096;

export const PLACE = {
  /** records of `vsockWait` */
  events: 0,
  /** header of a packet of the guest */
  received: 2048,
  /** header of a packet to the guest */
  sent: 2048 + 64,
  /** descriptors of a vhost-user message: s32 count, s32[8] */
  files: 2048 + 128,
  /** a ring's settings for `vhostRingStart`, 32 bytes */
  ring: 2048 + 192,
  /** first bytes of a dialling program */
  line: 2048 + 256,
  path: 4096,
  /** a vhost-user message, and its answer */
  message: 4096 + PATH_BYTES,
} as const;

const BYTES = PLACE.message + 4096;

if (MOST_EVENTS * 8 > PLACE.received || HEADER.size > 64 || LONGEST > 4096) throw new Error('the arena is too small');

export interface Memory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** Makes and attaches the arena of the calling thread. */
export function attachMemory(os: Os): Memory {
  const arena = os.createArena(BYTES);
  os.attachArena(arena);
  return { bytes: new Uint8Array(arena), view: new DataView(arena) };
}

/** Puts a path into its place: the offset. A path that is too long for a socket is so for the system call too. */
export function putPath(memory: Memory, path: string): number {
  const text = Buffer.from(path).subarray(0, PATH_BYTES - 1);
  memory.bytes.set(text, PLACE.path);
  memory.bytes[PLACE.path + text.length] = 0;
  return PLACE.path;
}
