/**
 * Docker Desktop's record of an owner, left on files by its gRPC-FUSE and osxfs successors: flat JSON
 * `{"UID":501,"GID":20,"mode":644}`. The mode is octal digits written as a decimal number, -1 or no member at all means
 * "not set". It is read, never written.
 */
import { Has, type OwnerRecord } from './record.js';

/** Longest text that is accepted, bytes. */
export const DOCKER_RECORD_LIMIT = 256;

const ID_LIMIT = 0xffff_fffe;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads `length` bytes at `offset` into `into` (cleared first). `false`: not such a record, and `into` is clear. */
export function parseDockerRecord(memory: Uint8Array, offset: number, length: number, into: OwnerRecord): boolean {
  into.clear();
  const members = parseObject(memory.subarray(offset, offset + length));
  if (members === undefined) return false;
  const uid = identity(members.UID);
  const gid = identity(members.GID);
  const mode = octalDigits(members.mode);
  if (uid === undefined || gid === undefined || mode === undefined) return false;
  if (uid >= 0) into.setUid(uid);
  if (gid >= 0) into.setGid(gid);
  if (mode >= 0) {
    into.has |= Has.MODE;
    into.mode = mode;
  }
  return true;
}

function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    // The decoder does not take views of shared memory; the copy is small.
    const value: unknown = JSON.parse(decoder.decode(bytes.slice()));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** The id, -1 if it is not set, or undefined if it is none. */
function identity(value: unknown): number | undefined {
  if (value === undefined || value === -1) return -1;
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= ID_LIMIT ? value : undefined;
}

/** 644 → 0o644; -1 if it is not set, undefined if it is no mode. */
function octalDigits(value: unknown): number | undefined {
  if (value === undefined || value === -1) return -1;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 7777) return undefined;
  const text = String(value);
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}
