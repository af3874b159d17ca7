/**
 * Who owns what in a share, as the guest sees it. One instance per worker and mount; calls are synchronous and use the
 * `Os` seam. What the three kinds mean is in kind.ts, where recorded owners stand in record.ts.
 *
 * Arguments in common: `fd` = object descriptor or open file; a target (fd, nameOff) as in native/os.ts; `…StatOff` =
 * byte offset of a STAT record, a multiple of 4; `slot` = index in the node table, or -1 to remember nothing. Results
 * are 0 or -errno.
 */
import type { Os } from '../../native/os.js';
import { SELF } from '../../native/os.js';
import { Errno } from '../../protocol/errno.js';
import { S_IALLUGO, S_IFDIR, S_IFLNK, S_IFMT, S_ISGID } from '../../protocol/linux.js';
import * as hidden from './hidden.js';
import { HostOwner } from './host-owner.js';
import type { OwnershipOptions } from './kind.js';
import { onObject } from './object.js';
import { Has, type OwnerRecord } from './record.js';
import { isSettled, RecordCache } from './record-cache.js';
import { RecordStore } from './record-store.js';
import { Attr, Layout, type Scratch } from './scratch.js';
import { afterChown, afterWrite } from './set-id.js';
import { SPECIAL_BITS, Subject } from './subject.js';

export type { OwnershipKind, OwnershipOptions } from './kind.js';
export { needsDefaultPermissions } from './kind.js';
export type { Scratch } from './scratch.js';

/** uid or gid of chown(2) that leaves the part as it is: (uid_t)-1. */
export const UNCHANGED = 0xffff_ffff;

const ASKING = -1;
const OWNER = Has.UID | Has.GID;

export class Ownership {
  readonly #os: Os;
  readonly #words: Uint32Array;
  readonly #subject: Subject;
  readonly #store: RecordStore;
  readonly #cache: RecordCache;
  readonly #host: HostOwner | undefined;
  readonly #strict: boolean;
  /** What an object without record is given, {@link ASKING} = the asking id. */
  readonly #defaultUid: number;
  readonly #defaultGid: number;
  /** Whether the last {@link report} told an owner that another caller would not be told. */
  dependsOnCaller = false;

  /**
   * `cache` remembers records by slot; `log` gets sentences about records that make no sense (once) and modes that could not be restored.
   *
   * @throws RangeError if the scratch piece is too small
   */
  constructor(
    os: Os,
    options: OwnershipOptions,
    scratch: Scratch,
    log: (text: string) => void = () => {},
    cache: RecordCache = new RecordCache(),
  ) {
    this.#os = os;
    this.#cache = cache;
    this.#words = scratch.words;
    const layout = new Layout(scratch);
    this.#subject = new Subject(os, scratch.words, layout.host);
    this.#store = new RecordStore(os, scratch, layout, options.momentaryLock, log);
    this.#host = options.kind === 'host' ? new HostOwner(os, scratch.words, this.#subject) : undefined;
    this.#strict = options.kind === 'strict';
    const fallback = this.#strict ? 0 : ASKING;
    this.#defaultUid = options.uid ?? fallback;
    this.#defaultGid = options.gid ?? fallback;
  }

  /**
   * Rewrites uid, gid and mode of the `fuse_attr` at `statOff`, just filled by `Os.stat` for the target, into what the
   * asking uid/gid shall see. Allocates nothing while the record of `slot` holds (record-cache.ts).
   *
   * An object whose own mode keeps the record from being read may have its ctime brought up to date as well.
   */
  report(fd: number, nameOff: number, statOff: number, slot: number, callerUid: number, callerGid: number): void {
    if (this.#host !== undefined) return;
    const record = this.#subject.current;
    this.#load(fd, nameOff, statOff, slot);
    const words = this.#words;
    const stat = statOff >>> 2;
    this.dependsOnCaller =
      ((record.has & Has.UID) === 0 && this.#defaultUid === ASKING) ||
      ((record.has & Has.GID) === 0 && this.#defaultGid === ASKING);
    if ((record.has & Has.UID) !== 0) words[stat + Attr.UID] = record.uid;
    else words[stat + Attr.UID] = this.#defaultUid === ASKING ? callerUid : this.#defaultUid;
    if ((record.has & Has.GID) !== 0) words[stat + Attr.GID] = record.gid;
    else words[stat + Attr.GID] = this.#defaultGid === ASKING ? callerGid : this.#defaultGid;
    if ((record.has & Has.MODE) !== 0) {
      const mode = words[stat + Attr.MODE];
      words[stat + Attr.MODE] = (mode & S_IFMT) | record.permissions(mode);
    }
  }

  /**
   * The guest's chown(2); {@link UNCHANGED} leaves a part alone. `statOff` = the object as last `report`ed to this
   * caller. Set-id bits are cleared as chown(2) says.
   *
   * Where no record can be kept (symlinks, FIFOs and sockets of a Linux host without CAP_SYS_ADMIN, file systems
   * without user attributes): `caller` says 0 and the object still belongs to whoever asks; `strict` says EPERM unless
   * nothing changes.
   */
  chown(fd: number, slot: number, uid: number, gid: number, statOff: number): number {
    if (this.#host !== undefined) return this.#os.chown(fd, uid, gid);
    const known = this.#look(fd, slot);
    if (known < 0) return known;
    if (uid !== UNCHANGED) this.#subject.next.setUid(uid);
    if (gid !== UNCHANGED) this.#subject.next.setGid(gid);
    const before = this.#subject.hostMode;
    const seen = this.#subject.current.permissions(before);
    const cleared = this.#subject.clearBits(fd, seen & ~afterChown(before, seen));
    if (cleared < 0) return cleared;
    const recorded = this.#record(fd, SELF, slot);
    if (recorded >= 0) return 0;
    if (recorded === -Errno.EOPNOTSUPP) {
      const stat = statOff >>> 2;
      const sameUid = uid === UNCHANGED || uid === this.#words[stat + Attr.UID];
      const sameGid = gid === UNCHANGED || gid === this.#words[stat + Attr.GID];
      if (!this.#strict || (sameUid && sameGid)) return 0;
    }
    this.#subject.restoreMode(fd, before);
    return recorded === -Errno.EOPNOTSUPP ? -Errno.EPERM : recorded;
  }

  /** The guest's chmod(2), `mode` = permission bits (07777). `statOff` as in `chown`. */
  chmod(fd: number, slot: number, mode: number, statOff: number): number {
    const wanted = mode & S_IALLUGO;
    if (this.#host !== undefined) return this.#os.chmod(fd, wanted);
    this.#load(fd, SELF, statOff, slot);
    if ((wanted & SPECIAL_BITS) === 0 && (this.#subject.current.has & Has.MODE) === 0) {
      this.forget(slot);
      return this.#os.chmod(fd, wanted);
    }
    const known = this.#look(fd, slot);
    if (known < 0) return known;
    const before = this.#subject.hostMode;
    const set = this.#subject.setMode(fd, wanted);
    if (set < 0) return set;
    const recorded = this.#record(fd, SELF, slot);
    if (recorded >= 0) return 0;
    // Bits that the host dropped without a word are dropped for the guest as well, as chmod(2) itself does.
    if (recorded === -Errno.EOPNOTSUPP && this.#subject.refusal === 0) return 0;
    this.#subject.restoreMode(fd, before);
    return this.#subject.refusal < 0 ? this.#subject.refusal : recorded;
  }

  /**
   * Gives an object that the guest just created (target; `mode` = what was asked for, with S_IFMT) to the asking
   * uid/gid. `parentStatOff` = its directory as `report`ed: S_ISGID there hands its group on, and itself to directories.
   *
   * - `caller`: the object belongs to whoever asks, nothing is recorded;
   * - `strict`: a record, unless the owner is the default one. An object that cannot carry one belongs to the default;
   * - `host`: if the daemon is root, the host inode is chowned.
   *
   * Set-id and sticky bits that the host did not keep are treated as by `chmod`. -errno: the caller removes the object.
   */
  created(
    fd: number,
    nameOff: number,
    mode: number,
    callerUid: number,
    callerGid: number,
    parentStatOff: number,
  ): number {
    const parent = parentStatOff >>> 2;
    const parentMode = this.#words[parent + Attr.MODE];
    if (this.#host !== undefined) return this.#host.created(fd, nameOff, mode, callerUid, callerGid, parentMode);
    const type = mode & S_IFMT;
    const groupFromParent = (parentMode & S_ISGID) !== 0;
    let special = type === S_IFLNK ? 0 : mode & SPECIAL_BITS;
    if (groupFromParent && type === S_IFDIR) special |= S_ISGID;
    const gid = groupFromParent ? this.#words[parent + Attr.GID] : callerGid;
    const given = this.#strict && (callerUid !== this.#defaultUid || gid !== this.#defaultGid);
    if (!given && special === 0) return 0;
    this.#subject.newborn(type, parent);
    if (given) {
      this.#subject.next.setUid(callerUid);
      this.#subject.next.setGid(gid);
    }
    if (special !== 0) {
      const set = onObject(this.#os, fd, nameOff, (object) => this.#subject.addBits(object, special));
      if (set < 0) return set;
    }
    const recorded = this.#record(fd, nameOff, -1);
    return recorded === -Errno.EOPNOTSUPP ? 0 : recorded;
  }

  /**
   * Clears set-id bits after a write or truncation, as FUSE_HANDLE_KILLPRIV_V2 asks for (`<linux/fuse.h>`): S_ISUID
   * always, S_ISGID only of group-executable files.
   */
  killSetId(fd: number, slot: number): number {
    const known = this.#look(fd, slot);
    if (known < 0) return known;
    const mode = this.#subject.hostMode;
    const seen = this.#subject.current.permissions(mode);
    const killed = seen & ~afterWrite(mode, seen);
    if (killed === 0) return 0;
    const cleared = this.#subject.clearBits(fd, killed);
    if (cleared < 0) return cleared;
    const recorded = this.#record(fd, SELF, slot);
    return recorded === -Errno.EOPNOTSUPP ? 0 : recorded;
  }

  /** The slot is free, or the record of its object was changed by other means than this instance. */
  forget(slot: number): void {
    if (slot >= 0) this.#cache.forget(slot);
  }

  /** Whether the guest must not see or touch that attribute (hidden.ts). */
  isHidden(memory: Uint8Array, off: number, length: number): boolean {
    return hidden.isHidden(memory, off, length);
  }

  /** Removes hidden names from a listxattr(2) result in place; returns the new length (hidden.ts). */
  filterList(memory: Uint8Array, off: number, length: number): number {
    return hidden.filterList(memory, off, length);
  }

  /** Leaves the record of the target in `current`. Of `statOff`, ino, dev, ctime and type are used. */
  #load(fd: number, nameOff: number, statOff: number, slot: number): void {
    const stat = statOff >>> 2;
    if (slot >= 0 && this.#cache.get(slot, this.#words, stat, this.#subject.current)) return;
    const result = this.#store.read(fd, nameOff, statOff, this.#subject.current);
    if (slot < 0 || result < 0) return;
    // After our own momentary change the ctime is always new. Waiting for it to age would mean changing the object at
    // every look; that somebody else changes the record in the very same tick is the lesser evil.
    if (this.#store.touched || isSettled(this.#words, stat, Date.now())) {
      this.#cache.set(slot, this.#words, stat, this.#subject.current);
    }
  }

  /** Makes the object the subject: the host's STAT, and its record in both `current` and `next`. */
  #look(fd: number, slot: number): number {
    const subject = this.#subject;
    const result = subject.look(fd);
    if (result < 0) return result;
    if (this.#host === undefined) this.#load(fd, SELF, subject.stat, slot);
    else subject.current.clear();
    subject.next.copy(subject.current);
    return 0;
  }

  /** Makes the stored record say what `next` says. Errors as RecordStore.write. */
  #record(fd: number, nameOff: number, slot: number): number {
    this.forget(slot);
    const next = this.#subject.next;
    if (next.equals(this.#subject.current)) return 0;
    const { stat } = this.#subject;
    if (!this.#saysNothing(next) || (next.has & Has.DOCKER) !== 0) return this.#store.write(fd, nameOff, stat, next);
    return (this.#subject.current.has & Has.STORED) === 0 ? 0 : this.#store.remove(fd, nameOff, stat);
  }

  /** Whether an object without record would look the same to everybody. */
  #saysNothing(record: OwnerRecord): boolean {
    if ((record.has & Has.MODE) !== 0) return false;
    if ((record.has & OWNER) === 0) return true;
    if (!this.#strict) return false;
    const defaultUid = (record.has & Has.UID) === 0 || record.uid === this.#defaultUid;
    return defaultUid && ((record.has & Has.GID) === 0 || record.gid === this.#defaultGid);
  }
}
