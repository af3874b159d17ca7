/** Changes to one valid request. */
import { Opcode } from '../../../protocol/fuse/opcodes.js';
import { checkRequest, HEADER, requestLayouts } from '../../../protocol/fuse/requests.js';
import { fuse_fallocate_in, fuse_in_header, fuse_read_in } from '../../../protocol/fuse/structs.js';
import { MAX_IO } from '../../../protocol/version.js';
import type { Random } from '../../unit/protocol/random.js';
import type { Conversation } from './conversation.js';

const H = fuse_in_header.at;
const INTERESTING = [
  ...[0n, 1n, 2n, 0x7fn, 0xffn, 0x1000n, 0xffffn, 0x7fff_ffffn, 0x8000_0000n, 0xffff_fffen, 0xffff_ffffn],
  ...[0x1_0000_0000n, 1n << 47n, 1n << 53n, 1n << 62n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 2n, (1n << 64n) - 1n],
];
const NAMES = ['', '.', '..', '/', '../secret', 'a/b', '/etc/passwd', 'n'.repeat(256), 'n'.repeat(5000), '\xff\xfe'];
/** What a request may reserve on the disk: the machine is not ours alone. */
const MOST_RESERVED = 1n << 22n;

export interface Mutated {
  readonly bytes: Buffer;
  /** the stream cannot be followed any further behind this message */
  readonly torn: boolean;
  readonly wrongLane: boolean;
}

type Change = (bytes: Buffer, r: Random, c: Conversation) => Buffer;

/** Leave the length of the message right. */
const gentle: readonly Change[] = [
  (bytes) => bytes,
  setNumber,
  setNumber,
  setNumber,
  (bytes, r, c) => {
    bytes.writeBigUInt64LE(r.below(2) === 0 ? c.known() : r.pick(INTERESTING), H.nodeid);
    return bytes;
  },
  (bytes, r) => {
    for (let i = 1 + r.below(4); i > 0; i--) {
      const at = H.unique + r.below(bytes.length - H.unique);
      bytes[at]! ^= 1 << r.below(8);
    }
    return bytes;
  },
  (bytes, r) => {
    bytes.writeUInt32LE(r.pick([0, 1, 1000, 0xffff_ffff]), r.pick([H.uid, H.gid, H.pid]));
    return bytes;
  },
  // Another operation with arguments that happen to have the right size.
  (bytes, r) => {
    const size = bytes.length - HEADER;
    const fitting = requestLayouts.filter(
      (row) => row !== undefined && row.parts.length === 0 && row.fixed?.size === size,
    );
    if (fitting.length > 0) bytes.writeUInt32LE(r.pick(fitting)!.opcode, H.opcode);
    return bytes;
  },
];

/** Mostly no request at all any more. */
const rough: readonly Change[] = [
  (bytes, r) => withLength(bytes.subarray(0, HEADER + r.below(bytes.length - HEADER + 1))),
  (bytes, r) => withLength(Buffer.concat([bytes, Buffer.alloc(1 + r.below(64), r.below(256))])),
  (bytes, r) => withLength(Buffer.concat([bytes.subarray(0, HEADER), Buffer.from(`${r.pick(NAMES)}\0`, 'latin1')])),
  (bytes, r) => {
    const end = bytes.lastIndexOf(0, bytes.length - 2) + 1;
    return withLength(
      Buffer.concat([bytes.subarray(0, Math.max(end, HEADER)), Buffer.from(`${r.pick(NAMES)}\0`, 'latin1')]),
    );
  },
  (bytes, r) => {
    bytes.writeUInt32LE(r.pick([r.below(60), 4096, 0xffff_ffff, r.below(1 << 30)]), H.opcode);
    return bytes;
  },
  (bytes, r) => {
    bytes.writeUInt16LE(r.pick([1, 2, 8, 0xffff]), H.total_extlen);
    return bytes;
  },
  (bytes, r) => {
    for (let at = HEADER; at < bytes.length; at++) bytes[at] = r.below(256);
    return bytes;
  },
];

function setNumber(bytes: Buffer, r: Random, c: Conversation): Buffer {
  const words = (bytes.length - HEADER) >> 2;
  if (words === 0) return bytes;
  const at = HEADER + 4 * r.below(Math.min(words, 24));
  const value = r.below(4) === 0 ? c.known() : r.pick(INTERESTING);
  if (at + 8 <= bytes.length && r.below(2) === 0) bytes.writeBigUInt64LE(value, at);
  else bytes.writeUInt32LE(Number(value & 0xffff_ffffn), at);
  return bytes;
}

function withLength(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(copy.length, H.len);
  return copy;
}

/**
 * A mutation of `original`. `roughness`: one in so many may break the protocol, which ends the session.
 */
export function mutate(original: Buffer, r: Random, c: Conversation, roughness: number): Mutated {
  // Some stay as they are, so that there is always something to work on.
  if (r.below(8) === 0) return { bytes: original, torn: false, wrongLane: false };
  const mayBreak = r.below(roughness) === 0;
  if (mayBreak && r.below(8) === 0) {
    const bytes = Buffer.from(original);
    bytes.writeUInt32LE(r.pick([0, 39, bytes.length - 1, bytes.length + 1, 1 << 20, 0xffff_ffff]), H.len);
    return { bytes, torn: true, wrongLane: false };
  }
  if (mayBreak && r.below(8) === 0) return { bytes: Buffer.from(original), torn: false, wrongLane: true };
  for (;;) {
    let bytes: Buffer = Buffer.from(original);
    for (let i = 1 + r.below(3); i > 0; i--)
      bytes = (mayBreak ? r.pick([...gentle, ...rough]) : r.pick(gentle))(bytes, r, c);
    if (mayBreak || isWellFormed(bytes, c)) return { bytes: bounded(bytes), torn: false, wrongLane: false };
  }
}

/** As far as can be told without the mount: sending only what passes here is what keeps a session alive. */
function isWellFormed(bytes: Buffer, c: Conversation): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const opcode = bytes.readUInt32LE(H.opcode);
  if (opcode === Opcode.INIT || opcode === Opcode.DESTROY) return false;
  if (checkRequest(view, 0, bytes.length, opcode, { setxattrExt: true }) !== 0) return false;
  // What the handlers find out.
  if (opcode === Opcode.READ && bytes.readUInt32LE(HEADER + fuse_read_in.at.size) > MAX_IO) return false;
  if (opcode === Opcode.RENAME || opcode === Opcode.RENAME2) {
    const ends = [bytes.readBigUInt64LE(H.nodeid), bytes.readBigUInt64LE(HEADER)];
    if (ends.some((nodeid) => c.isKnownOther(nodeid))) return false;
  }
  return !namesOf(bytes, opcode).some((name) => name === '.' || name === '..' || name.includes('/'));
}

function namesOf(bytes: Buffer, opcode: number): string[] {
  const layout = requestLayouts[opcode];
  if (layout === undefined || layout.parts[0]?.kind !== 'name' || opcode === Opcode.TMPFILE) return [];
  const names = bytes
    .subarray(HEADER + (layout.fixed?.size ?? 0))
    .toString('latin1')
    .split('\0');
  return opcode === Opcode.SYMLINK ? names.slice(0, 1) : names;
}

/** Reserves no more than is fair, unless it is so much that it must fail. */
function bounded(bytes: Buffer): Buffer {
  if (bytes.length < HEADER + fuse_fallocate_in.size || bytes.readUInt32LE(H.opcode) !== Opcode.FALLOCATE) return bytes;
  const at = HEADER + fuse_fallocate_in.at.length;
  const length = bytes.readBigUInt64LE(at);
  if (length > MOST_RESERVED && length < 1n << 62n) bytes.writeBigUInt64LE(length % MOST_RESERVED, at);
  return bytes;
}
