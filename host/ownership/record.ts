/**
 * The ownership record: the text that stands in an extended attribute of a host object for what the host inode cannot
 * say, `uid:gid:0mode` (ids decimal, mode octal), any part `x` if nobody set it.
 *
 * The convention is shared with others (containers/storage, podman machine, krunkit): they may append the type,
 * `:dir` or `:block-8-1`, and may put S_IFMT bits into the mode. Both are read and ignored: the host inode has the type.
 *
 * Two kinds of mode part are told apart, because they mean different things:
 *
 * - *foreign*: written by others, whose host inode has another mode on purpose. The guest sees the recorded one.
 * - *tied*: written by us, only because the host would not keep all the bits that the guest set (set-id, sticky). It
 *   holds as long as the inode's rwx bits are the recorded rwx bits: after a chmod on the host the host's mode counts.
 *
 * A tied part is written as `00` and exactly four digits (`002755`). The number is the same to every reader of octal;
 * others write at most one leading zero, so the two cannot be confused.
 */

/** Bits of {@link OwnerRecord.has}. */
export const Has = {
  UID: 1,
  GID: 2,
  MODE: 4,
  /** the mode part is a tied one */
  TIED: 8,
  /** the parts come from our attribute (which exists), not from Docker's */
  STORED: 16,
  /** Docker Desktop's attribute exists: it would count again if ours were removed */
  DOCKER: 32,
} as const;

const PARTS = Has.UID | Has.GID | Has.MODE | Has.TIED;

/** Longest record that is accepted, bytes: three parts and a type with two device numbers, with room. */
export const RECORD_LIMIT = 96;

const COLON = 0x3a;
const ZERO = 0x30;
const LOWER_X = 0x78;
/** chown(2) takes this for "unchanged": it is nobody's id. */
const ID_LIMIT = 0xffff_fffe;

const S_IRWXUGO = 0o777;
const PERMISSIONS = 0o7777;
/** Permissions and S_IFMT, the most that a st_mode has. */
const MODE_LIMIT = 0o177777;

/** One record, reused for many objects. Parts that `has` does not name are 0. */
export class OwnerRecord {
  has = 0;
  uid = 0;
  gid = 0;
  /** permission bits, 07777 at most */
  mode = 0;

  clear(): void {
    this.has = 0;
    this.uid = 0;
    this.gid = 0;
    this.mode = 0;
  }

  copy(from: OwnerRecord): void {
    this.has = from.has;
    this.uid = from.uid;
    this.gid = from.gid;
    this.mode = from.mode;
  }

  setUid(uid: number): void {
    this.has |= Has.UID;
    this.uid = uid;
  }

  setGid(gid: number): void {
    this.has |= Has.GID;
    this.gid = gid;
  }

  tieMode(mode: number): void {
    this.has |= Has.MODE | Has.TIED;
    this.mode = mode & PERMISSIONS;
  }

  dropMode(): void {
    this.has &= ~(Has.MODE | Has.TIED);
    this.mode = 0;
  }

  /** Whether both records would be written as the same text. */
  equals(other: OwnerRecord): boolean {
    return (
      (this.has & PARTS) === (other.has & PARTS) &&
      this.uid === other.uid &&
      this.gid === other.gid &&
      this.mode === other.mode
    );
  }

  /** Permission bits (07777) that the guest sees on an object whose host inode has `hostMode`. */
  permissions(hostMode: number): number {
    const host = hostMode & PERMISSIONS;
    if ((this.has & Has.MODE) === 0) return host;
    if ((this.has & Has.TIED) !== 0 && (host & S_IRWXUGO) !== (this.mode & S_IRWXUGO)) return host;
    return this.mode;
  }
}

/**
 * Reads `length` bytes at `offset` into `into` (which is cleared first). `false`: not a record, and `into` is clear.
 * Allocates nothing.
 */
export function parseRecord(memory: Uint8Array, offset: number, length: number, into: OwnerRecord): boolean {
  into.clear();
  if (length > RECORD_LIMIT) return false;
  const end = offset + length;
  const uidEnd = partEnd(memory, offset, end);
  const gidEnd = uidEnd < end ? partEnd(memory, uidEnd + 1, end) : end;
  if (gidEnd === end) return false;
  const modeOffset = gidEnd + 1;
  const modeEnd = partEnd(memory, modeOffset, end);

  let has = 0;
  let uid = 0;
  let gid = 0;
  let mode = 0;
  if (!isUnset(memory, offset, uidEnd)) {
    uid = digits(memory, offset, uidEnd, 10, ID_LIMIT);
    has |= Has.UID;
  }
  if (!isUnset(memory, uidEnd + 1, gidEnd)) {
    gid = digits(memory, uidEnd + 1, gidEnd, 10, ID_LIMIT);
    has |= Has.GID;
  }
  if (!isUnset(memory, modeOffset, modeEnd)) {
    mode = digits(memory, modeOffset, modeEnd, 8, MODE_LIMIT);
    has |= Has.MODE;
    if (modeEnd - modeOffset === 6 && memory[modeOffset] === ZERO && memory[modeOffset + 1] === ZERO) has |= Has.TIED;
  }
  if (uid < 0 || gid < 0 || mode < 0) return false;
  into.has = has;
  into.uid = uid;
  into.gid = gid;
  into.mode = mode & PERMISSIONS;
  return true;
}

/** Writes the record at `offset` (room for {@link RECORD_LIMIT} bytes) and returns its length, bytes. */
export function formatRecord(record: OwnerRecord, memory: Uint8Array, offset: number): number {
  const text = recordText(record);
  for (let index = 0; index < text.length; index++) memory[offset + index] = text.charCodeAt(index);
  return text.length;
}

export function recordText(record: OwnerRecord): string {
  const uid = (record.has & Has.UID) !== 0 ? String(record.uid) : 'x';
  const gid = (record.has & Has.GID) !== 0 ? String(record.gid) : 'x';
  return `${uid}:${gid}:${modeText(record)}`;
}

function modeText(record: OwnerRecord): string {
  if ((record.has & Has.MODE) === 0) return 'x';
  const octal = record.mode.toString(8);
  return (record.has & Has.TIED) !== 0 ? `00${octal.padStart(4, '0')}` : `0${octal}`;
}

function partEnd(memory: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && memory[at] !== COLON) at++;
  return at;
}

function isUnset(memory: Uint8Array, from: number, to: number): boolean {
  return to - from === 1 && memory[from] === LOWER_X;
}

/** The number written there, or -1 if there is none, something else too, or one above `limit`. */
function digits(memory: Uint8Array, from: number, to: number, base: number, limit: number): number {
  if (from === to) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = memory[at] - ZERO;
    if (digit < 0 || digit >= base) return -1;
    value = value * base + digit;
    if (value > limit) return -1;
  }
  return value;
}
