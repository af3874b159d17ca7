import { STAT } from '../../native/os.js';
import { fuse_attr } from '../../protocol/fuse/structs.js';
import { RECORD_NAMES } from './hidden.js';

/** A piece of the worker's arena that belongs to the ownership code for good: names are written there once. */
export interface Scratch {
  /** The whole arena, three ways. */
  readonly memory: Uint8Array;
  readonly words: Uint32Array;
  readonly view: DataView;
  /** Start of the piece, bytes, a multiple of 8. */
  readonly offset: number;
  /** Bytes, at least {@link SCRATCH_BYTES}. More lets longer attribute lists be read at once. */
  readonly size: number;
}

export const SCRATCH_BYTES = 1024;

/** Word indexes of members of a STAT record, counted from its first word. */
export const Attr = {
  INO: fuse_attr.at.ino >>> 2,
  CTIME: fuse_attr.at.ctime >>> 2,
  CTIMENSEC: fuse_attr.at.ctimensec >>> 2,
  MODE: fuse_attr.at.mode >>> 2,
  NLINK: fuse_attr.at.nlink >>> 2,
  UID: fuse_attr.at.uid >>> 2,
  GID: fuse_attr.at.gid >>> 2,
  DEV: STAT.dev >>> 2,
} as const;

const NAME_ROOM = 40;
const VALUE_ROOM = 256;

/** Byte offsets of what the scratch piece holds. */
export class Layout {
  /** NUL-terminated attribute names, by index of RECORD_NAMES */
  readonly names: readonly number[];
  /** STAT of the object that an operation is about, as the host has it */
  readonly host: number;
  /** STAT of the object whose mode is changed for a moment */
  readonly momentary: number;
  readonly value: number;
  readonly valueRoom = VALUE_ROOM;
  readonly list: number;
  readonly listRoom: number;

  /** @throws RangeError if the piece is too small or not aligned */
  constructor(scratch: Scratch) {
    if (scratch.size < SCRATCH_BYTES || scratch.offset % 8 !== 0) {
      throw new RangeError(`ownership needs ${SCRATCH_BYTES} bytes at a multiple of 8`);
    }
    let at = scratch.offset;
    this.names = RECORD_NAMES.map((name) => {
      const offset = at;
      scratch.memory.set(name, offset);
      scratch.memory[offset + name.length] = 0;
      at += NAME_ROOM;
      return offset;
    });
    this.host = at;
    this.momentary = this.host + STAT.size;
    this.value = this.momentary + STAT.size;
    this.list = this.value + VALUE_ROOM;
    this.listRoom = scratch.offset + scratch.size - this.list;
  }
}
