/** Announcements as bytes, as a daemon sends them. */
import { Announce, announce_barrier, announce_inject, InjectFlag } from '../../protocol/announce.js';
import { Notify } from '../../protocol/fuse/opcodes.js';
import { fuse_out_header } from '../../protocol/fuse/structs.js';
import { type Fields, type Struct, type Value, writeStruct } from '../../protocol/struct.js';

export interface Time {
  readonly sec: bigint;
  readonly nsec: number;
}

export interface Call {
  readonly kind: number;
  readonly parent?: bigint;
  readonly name: string;
  readonly parent2?: bigint;
  readonly name2?: string;
  readonly mode?: number;
  readonly flags?: number;
  readonly atime?: Time;
  readonly mtime?: Time;
  /** given: the call is guarded */
  readonly path?: string;
  readonly path2?: string;
}

function pack<F extends Fields>(type: Struct<F>, members: { readonly [K in keyof F]?: Value }): Buffer {
  const bytes = Buffer.alloc(type.size);
  writeStruct(type, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, members);
  return bytes;
}

/** @param code a notification's or an announcement's */
export function announcement(code: number, ...body: Uint8Array[]): Buffer {
  const length = fuse_out_header.size + body.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat([pack(fuse_out_header, { len: length, error: code, unique: 0n }), ...body]);
}

export function barrier(seq: bigint): Buffer {
  return announcement(Announce.BARRIER, pack(announce_barrier, { seq }));
}

export function inject(seq: bigint, call: Call): Buffer {
  const { kind, parent = 1n, name, parent2 = 1n, name2 = '', mode = 0, atime, mtime, path, path2 = '' } = call;
  const texts = [name, name2, ...(path === undefined ? [] : [path, path2])].map((text) => Buffer.from(text, 'latin1'));
  const [namelen, name2len, pathlen, path2len] = texts.map(({ length }) => length);
  const fixed = pack(announce_inject, {
    seq,
    kind,
    flags: (call.flags ?? 0) | (path === undefined ? 0 : InjectFlag.GUARDED),
    parent,
    parent2,
    atime: atime?.sec ?? 0n,
    atimensec: atime?.nsec ?? 0,
    mtime: mtime?.sec ?? 0n,
    mtimensec: mtime?.nsec ?? 0,
    mode,
    namelen: namelen!,
    name2len: name2len!,
    pathlen: pathlen ?? 0,
    path2len: path2len ?? 0,
  });
  return announcement(Announce.INJECT, fixed, ...texts.flatMap((text) => [text, Buffer.alloc(1)]));
}

/** FUSE_NOTIFY_INVAL_INODE of all there is of the inode. */
export function invalidateInode(nodeid: bigint): Buffer {
  const body = Buffer.alloc(24);
  body.writeBigUInt64LE(nodeid, 0);
  body.writeBigInt64LE(-1n, 8);
  return announcement(Notify.INVAL_INODE, body);
}

/** FUSE_NOTIFY_INVAL_ENTRY. */
export function invalidateEntry(parent: bigint, name: string): Buffer {
  const body = Buffer.alloc(16 + name.length + 1);
  body.writeBigUInt64LE(parent, 0);
  body.writeUInt32LE(name.length, 8);
  body.write(name, 16);
  return announcement(Notify.INVAL_ENTRY, body);
}
