/**
 * Records of READDIR and READDIRPLUS replies. A record is a header, the name without NUL, and zeroes up to a multiple of 8.
 * A reply holds whole records only: what does not fit is left for the next call.
 *
 * `ino` and `off` are opaque 64-bit values: they are copied, or given as halves, never made a number.
 */

import { readU32, writeU32, writeU64 } from '../bytes.js';
import { fuse_dirent, fuse_direntplus } from './structs.js';

/** FUSE_NAME_OFFSET, FUSE_NAME_OFFSET_DIRENTPLUS: bytes before the name. */
export const FUSE_NAME_OFFSET = fuse_dirent.at.name;
export const FUSE_NAME_OFFSET_DIRENTPLUS = fuse_direntplus.at.dirent + fuse_dirent.at.name;

/** Result of {@link direntAt} for bytes that are no whole record. */
export const MALFORMED = -1;

/** FUSE_REC_ALIGN, FUSE_DIRENT_ALIGN: rounds up to 8. */
export function align8(bytes: number): number {
  return (bytes + 7) & ~7;
}

/** FUSE_DIRENT_SIZE: bytes of a READDIR record whose name has that many bytes. */
export function direntSize(nameLength: number): number {
  return align8(FUSE_NAME_OFFSET + nameLength);
}

/** FUSE_DIRENTPLUS_SIZE: the same for READDIRPLUS. */
export function direntplusSize(nameLength: number): number {
  return align8(FUSE_NAME_OFFSET_DIRENTPLUS + nameLength);
}

/**
 * Writes one READDIR record at `at`, if it fits before `end`.
 *
 * @param type DT_…
 * @returns bytes written, 0 if the record does not fit (nothing is written then)
 */
export function writeDirent(
  bytes: Uint8Array,
  at: number,
  end: number,
  inoLow: number,
  inoHigh: number,
  offLow: number,
  offHigh: number,
  type: number,
  name: Uint8Array,
): number {
  const size = direntSize(name.length);
  if (at + size > end) return 0;
  writeU64(bytes, at + fuse_dirent.at.ino, inoLow, inoHigh);
  writeU64(bytes, at + fuse_dirent.at.off, offLow, offHigh);
  writeU32(bytes, at + fuse_dirent.at.namelen, name.length);
  writeU32(bytes, at + fuse_dirent.at.type, type);
  bytes.set(name, at + FUSE_NAME_OFFSET);
  bytes.fill(0, at + FUSE_NAME_OFFSET + name.length, at + size);
  return size;
}

/**
 * Makes a READDIRPLUS record out of a READDIR record: the entry part is zeroed (node id 0: "no lookup was made") for the
 * caller to fill at `at + fuse_direntplus.at.entry_out`.
 *
 * @param source holds a whole record at `sourceAt`
 * @returns bytes written, 0 if the record does not fit (nothing is written then)
 */
export function writeDirentplus(
  bytes: Uint8Array,
  at: number,
  end: number,
  source: Uint8Array,
  sourceAt: number,
): number {
  const recordSize = direntSize(readU32(source, sourceAt + fuse_dirent.at.namelen));
  const size = fuse_direntplus.at.dirent + recordSize;
  if (at + size > end) return 0;
  const direntOffset = at + fuse_direntplus.at.dirent;
  if (bytes === source) bytes.copyWithin(direntOffset, sourceAt, sourceAt + recordSize);
  else bytes.set(source.subarray(sourceAt, sourceAt + recordSize), direntOffset);
  bytes.fill(0, at, direntOffset);
  return size;
}

/**
 * Size of the READDIR record at `at`: 0 at `end`, {@link MALFORMED} if no whole record lies there. Walk a buffer with
 * `for (let size; (size = direntAt(b, at, end)) > 0; at += size)`.
 */
export function direntAt(bytes: Uint8Array, at: number, end: number): number {
  return recordAt(bytes, at, end, 0);
}

/** The same for READDIRPLUS records. */
export function direntplusAt(bytes: Uint8Array, at: number, end: number): number {
  return recordAt(bytes, at, end, fuse_direntplus.at.dirent);
}

function recordAt(bytes: Uint8Array, at: number, end: number, direntOffset: number): number {
  if (at === end) return 0;
  if (at + direntOffset + FUSE_NAME_OFFSET > end) return MALFORMED;
  const nameLength = readU32(bytes, at + direntOffset + fuse_dirent.at.namelen);
  if (nameLength === 0 || nameLength > end - at - direntOffset - FUSE_NAME_OFFSET) return MALFORMED;
  const size = direntOffset + direntSize(nameLength);
  return at + size > end ? MALFORMED : size;
}
