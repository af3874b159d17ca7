/**
 * One request as its handler sees it. A worker has a single instance and refills it: no object per request.
 *
 * All offsets are bytes into the arena. `at` is 8-byte aligned, so word access is legal on the fixed arguments.
 */
import { INJECTED } from '../protocol/announce.js';
import { Errno } from '../protocol/errno.js';
import { fuse_in_header } from '../protocol/fuse/structs.js';

const H = fuse_in_header.at;
const HEADER = fuse_in_header.size;

/** Handler result: no reply is sent, now or ever (FORGET, INTERRUPT). */
export const NO_REPLY = -20_001;
/** Handler result: the slow pool sends the reply. */
export const DEFERRED = -20_002;

/** The peer broke the protocol: its session ends with this sentence, and nothing was touched. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export class Request {
  at = 0;
  opcode = 0;
  /** offset and length of what follows the header */
  arg = 0;
  argLength = 0;
  /** slot of the node in the header; ROOT where the operation has none */
  slot = 0;
  uid = 0;
  gid = 0;
  pid = 0;
  /** where the reply's payload goes, and how much room there is */
  out = 0;
  room = 0;

  constructor(
    readonly words: Uint32Array,
    readonly memory: Uint8Array,
  ) {}

  load(at: number, length: number): void {
    const w = at >> 2;
    this.at = at;
    this.opcode = this.words[w + (H.opcode >> 2)];
    this.uid = this.words[w + (H.uid >> 2)];
    this.gid = this.words[w + (H.gid >> 2)];
    this.pid = this.words[w + (H.pid >> 2)];
    this.arg = at + HEADER;
    // Extensions (7.38) follow the arguments, so they never move an argument.
    this.argLength = length - HEADER;
  }

  /** The request comes from a system call that the agent injects for us: nothing is to be changed by it. */
  get injected(): boolean {
    return this.words[(this.at + H.total_extlen) >> 2] >>> 16 === INJECTED;
  }

  get uniqueOff(): number {
    return this.at + H.unique;
  }

  get nodeLo(): number {
    return this.words[(this.at + H.nodeid) >> 2];
  }

  get nodeHi(): number {
    return this.words[(this.at + H.nodeid + 4) >> 2];
  }

  /** u32 of the arguments, at a multiple of 4. */
  u32(offset: number): number {
    return this.words[(this.arg + offset) >> 2];
  }

  /** u64 of the arguments, at a multiple of 4; exact up to 2^53. */
  wide(offset: number): number {
    return this.u32(offset) + this.u32(offset + 4) * 0x1_0000_0000;
  }

  /** Length of the NUL-terminated bytes at arg + offset; the table's check has found the NUL. */
  stringLength(offset: number): number {
    const start = this.arg + offset;
    return this.memory.indexOf(0, start) - start;
  }

  /**
   * Checks a name at arg + offset as one path component and returns its length, or -ENAMETOOLONG. A guest kernel never
   * sends an empty name, ".", ".." or a slash: whoever does is not one.
   */
  nameLength(offset: number): number {
    const start = this.arg + offset;
    const memory = this.memory;
    let end = start;
    for (let c = memory[end]; c !== 0; c = memory[++end]) {
      if (c === 0x2f) throw new Violation('a name contains a slash');
    }
    const length = end - start;
    if (length > 255) return -Errno.ENAMETOOLONG;
    if (length === 0) throw new Violation('a name is empty');
    if (memory[start] === 0x2e && (length === 1 || (length === 2 && memory[start + 1] === 0x2e)))
      throw new Violation('a name is "." or ".."');
    return length;
  }
}
