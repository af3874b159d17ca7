/** Reading the replies that have a structure. */
import assert from 'node:assert/strict';
import { align8, FUSE_NAME_OFFSET } from '../../../protocol/fuse/dirent.js';
import { fuse_dirent, fuse_entry_out, fuse_open_out } from '../../../protocol/fuse/structs.js';
import { unpack } from './message.js';

export interface Entry {
  readonly nodeid: bigint;
  readonly ino: bigint;
  readonly mode: number;
  readonly size: bigint;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly entryValid: bigint;
  readonly attrValid: bigint;
}

export interface ListedEntry {
  readonly ino: bigint;
  /** cookie that continues behind this entry */
  readonly off: bigint;
  /** DT_… */
  readonly type: number;
  readonly name: Buffer;
}

export interface EntryPlus extends ListedEntry {
  /** nodeid 0n: the kernel was not told of a node */
  readonly entry: Entry;
}

export function entryOf(body: Buffer, offset = 0): Entry {
  const out = unpack(fuse_entry_out, body, offset);
  const { attr } = out;
  return {
    nodeid: BigInt(out.nodeid),
    ino: BigInt(attr.ino),
    mode: Number(attr.mode),
    size: BigInt(attr.size),
    nlink: Number(attr.nlink),
    uid: Number(attr.uid),
    gid: Number(attr.gid),
    entryValid: BigInt(out.entry_valid),
    attrValid: BigInt(out.attr_valid),
  };
}

/** The fh of a fuse_open_out. */
export function opened(body: Buffer): bigint {
  assert.equal(body.length, fuse_open_out.size);
  return BigInt(unpack(fuse_open_out, body).fh);
}

export function entriesOf(body: Buffer): ListedEntry[] {
  const entries: ListedEntry[] = [];
  for (let at = 0; at < body.length; ) {
    const { entry, end } = recordAt(body, at);
    entries.push(entry);
    at = end;
  }
  return entries;
}

export function entriesPlusOf(body: Buffer): EntryPlus[] {
  const entries: EntryPlus[] = [];
  for (let at = 0; at < body.length; ) {
    const { entry, end } = recordAt(body, at + fuse_entry_out.size);
    entries.push({ ...entry, entry: entryOf(body, at) });
    at = end;
  }
  return entries;
}

/** One fuse_dirent; whole, or the test fails. */
function recordAt(body: Buffer, at: number): { entry: ListedEntry; end: number } {
  const { ino, off, namelen, type } = unpack(fuse_dirent, body, at);
  const length = Number(namelen);
  const end = at + align8(FUSE_NAME_OFFSET + length);
  assert.ok(length > 0 && end <= body.length, 'a directory record is cut off');
  const name = Buffer.from(body.subarray(at + FUSE_NAME_OFFSET, at + FUSE_NAME_OFFSET + length));
  const padding = body.subarray(at + FUSE_NAME_OFFSET + length, end);
  assert.ok(
    padding.every((byte) => byte === 0),
    'the padding of a directory record is not zero',
  );
  return { entry: { ino: BigInt(ino), off: BigInt(off), type: Number(type), name }, end };
}
