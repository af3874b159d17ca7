/** The smallest file system a kernel will mount: an empty root directory. Answers FUSE requests, in plain objects. */
import { INJECTED } from '../../../protocol/announce.js';
import { Errno } from '../../../protocol/errno.js';
import { FUSE_KERNEL_MINOR_VERSION, FUSE_KERNEL_VERSION } from '../../../protocol/fuse/constants.js';
import { InitFlag } from '../../../protocol/fuse/flags.js';
import { Opcode } from '../../../protocol/fuse/opcodes.js';
import {
  fuse_attr_out,
  fuse_in_header,
  fuse_init_in,
  fuse_init_out,
  fuse_open_out,
  fuse_out_header,
  fuse_statfs_out,
} from '../../../protocol/fuse/structs.js';
import { type Fields, type Struct, type Value, writeStruct } from '../../../protocol/struct.js';

export interface Request {
  readonly opcode: number;
  readonly unique: bigint;
  readonly nodeid: bigint;
  /** caused by an injected call */
  readonly injected: boolean;
  /** what follows the header */
  readonly body: Buffer;
}

export function parseRequest(message: Buffer): Request {
  const { at } = fuse_in_header;
  return {
    opcode: message.readUInt32LE(at.opcode),
    unique: message.readBigUInt64LE(at.unique),
    nodeid: message.readBigUInt64LE(at.nodeid),
    injected: message.readUInt16LE(at.padding) === INJECTED,
    body: message.subarray(fuse_in_header.size),
  };
}

/** A reply; `error` is 0 or a positive errno. */
export function reply(unique: bigint, error: number, body: Uint8Array = new Uint8Array()): Buffer {
  return message(unique, -error, body);
}

export function notification(code: number, body: Uint8Array): Buffer {
  return message(0n, code, body);
}

function message(unique: bigint, error: number, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(fuse_out_header.size + body.length);
  bytes.writeUInt32LE(bytes.length, fuse_out_header.at.len);
  bytes.writeInt32LE(error, fuse_out_header.at.error);
  bytes.writeBigUInt64LE(unique, fuse_out_header.at.unique);
  bytes.set(body, fuse_out_header.size);
  return bytes;
}

export function pack<F extends Fields>(type: Struct<F>, members: { readonly [K in keyof F]?: Value }): Uint8Array {
  const bytes = new Uint8Array(type.size);
  writeStruct(type, new DataView(bytes.buffer), 0, members);
  return bytes;
}

const S_IFDIR = 0o040000;
const root = { ino: 1, mode: S_IFDIR | 0o755, nlink: 2, blksize: 4096 };
export const MAX_WRITE = 1024 * 1024;

function initOut(body: Buffer): Uint8Array {
  return pack(fuse_init_out, {
    major: FUSE_KERNEL_VERSION,
    minor: Math.min(FUSE_KERNEL_MINOR_VERSION, body.readUInt32LE(fuse_init_in.at.minor)),
    max_readahead: body.readUInt32LE(fuse_init_in.at.max_readahead),
    flags: 1 << InitFlag.FUSE_PARALLEL_DIROPS,
    max_write: MAX_WRITE,
    time_gran: 1,
  });
}

/** No entries and no validity: every call asks again. Undefined: this request has no reply. */
export function emptyRoot({ opcode, unique, nodeid, body }: Request): Buffer | undefined {
  switch (opcode) {
    case Opcode.INIT:
      return reply(unique, 0, initOut(body));
    case Opcode.GETATTR:
      return nodeid === 1n ? reply(unique, 0, pack(fuse_attr_out, { attr: root })) : reply(unique, Errno.ESTALE);
    case Opcode.LOOKUP:
      return reply(unique, Errno.ENOENT);
    case Opcode.STATFS:
      return reply(unique, 0, pack(fuse_statfs_out, { st: { blocks: 7, bsize: 4096, frsize: 4096, namelen: 255 } }));
    case Opcode.OPENDIR:
      return reply(unique, 0, pack(fuse_open_out, { fh: 1 }));
    case Opcode.READDIR:
    case Opcode.RELEASEDIR:
      return reply(unique, 0);
    case Opcode.FORGET:
    case Opcode.BATCH_FORGET:
    case Opcode.INTERRUPT:
      return undefined;
    default:
      return reply(unique, Errno.ENOSYS);
  }
}
