/** Requests as a guest kernel writes them, and replies as it reads them. Allocates freely: tests are not the hot path. */
import { errnoName } from '../../../protocol/errno.js';
import { Opcode, type OpcodeName } from '../../../protocol/fuse/opcodes.js';
import { fuse_in_header, fuse_out_header } from '../../../protocol/fuse/structs.js';
import { type Fields, readStruct, type Struct, type Value, writeStruct } from '../../../protocol/struct.js';

/** Who asks, and what about. Everything but the opcode has a usual value. */
export interface Header {
  nodeid?: bigint;
  uid?: number;
  gid?: number;
  pid?: number;
  /** bytes of extensions at the end of the body, in units of 8 */
  extensions?: number;
}

/** Bytes of a struct: the members given, the others zero. */
export function pack<F extends Fields>(type: Struct<F>, members: { readonly [K in keyof F]?: Value }): Buffer {
  const bytes = Buffer.alloc(type.size);
  writeStruct(type, viewOf(bytes), 0, members);
  return bytes;
}

export function unpack<F extends Fields>(type: Struct<F>, bytes: Uint8Array, offset = 0) {
  return readStruct(type, viewOf(bytes), offset);
}

/** A name with its NUL. */
export function cstring(name: string | Uint8Array): Buffer {
  return Buffer.concat([typeof name === 'string' ? Buffer.from(name) : name, Buffer.of(0)]);
}

/** One whole request. */
export function encode(
  opcode: OpcodeName | number,
  unique: bigint,
  header: Header,
  body: readonly Uint8Array[],
): Buffer {
  const { nodeid = 1n, uid = 0, gid = 0, pid = 1, extensions = 0 } = header;
  const length = fuse_in_header.size + body.reduce((sum, part) => sum + part.length, 0);
  const number = typeof opcode === 'number' ? opcode : Opcode[opcode];
  const members = { len: length, opcode: number, unique, nodeid, uid, gid, pid, total_extlen: extensions };
  return Buffer.concat([pack(fuse_in_header, members), ...body], length);
}

export interface Reply {
  readonly unique: bigint;
  /** errno, 0 = success */
  readonly error: number;
  readonly body: Buffer;
}

/** Cuts a stream into replies. */
export class ReplyDecoder {
  private pending: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): Reply[] {
    this.pending = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    const replies: Reply[] = [];
    let at = 0;
    while (this.pending.length - at >= fuse_out_header.size) {
      const length = this.pending.readUInt32LE(at + fuse_out_header.at.len);
      if (length < fuse_out_header.size) throw new Error(`a reply of ${length} bytes`);
      if (this.pending.length - at < length) break;
      const error = this.pending.readInt32LE(at + fuse_out_header.at.error);
      const unique = this.pending.readBigUInt64LE(at + fuse_out_header.at.unique);
      const body = Buffer.from(this.pending.subarray(at + fuse_out_header.size, at + length));
      replies.push({ unique, error: 0 - error, body });
      at += length;
    }
    this.pending = this.pending.subarray(at);
    return replies;
  }

  /** Bytes of a reply that has not arrived as a whole. */
  get rest(): number {
    return this.pending.length;
  }
}

/** A request was answered with an errno. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: string;

  constructor(
    readonly errno: number,
    operation: string,
  ) {
    super(`${operation}: ${errnoName(errno)}`);
    this.code = errnoName(errno);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
