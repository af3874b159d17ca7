/**
 * Finds, reads, writes and removes the record of one host object.
 *
 * Reading starts with listxattr(2): most objects have no attribute at all, and one call says so for every name at once;
 * it also needs no permission on the object, so only those that do have a record are ever changed for a moment.
 */
import type { Os } from '../../native/os.js';
import { SELF } from '../../native/os.js';
import { Errno } from '../../protocol/errno.js';
import { S_IFDIR, S_IFMT, S_IFREG, S_IRUSR, S_IWUSR } from '../../protocol/linux.js';
import { CARRIES, Devices, REFUSES, UNKNOWN } from './devices.js';
import { DOCKER_RECORD_LIMIT, parseDockerRecord } from './docker-record.js';
import { RecordName, recordNameIndex } from './hidden.js';
import { Momentary } from './momentary.js';
import { onObject } from './object.js';
import { formatRecord, Has, type OwnerRecord, parseRecord, RECORD_LIMIT } from './record.js';
import { Attr, type Layout, type Scratch } from './scratch.js';

const bit = (name: number): number => 1 << name;
const ANY_NAME = 0b1111;

export class RecordStore {
  readonly #os: Os;
  readonly #memory: Uint8Array;
  readonly #words: Uint32Array;
  readonly #layout: Layout;
  readonly #momentary: Momentary;
  readonly #devices = new Devices();
  readonly #log: (text: string) => void;
  #complained = false;

  /** Whether the last `read` changed the object's mode for a moment, and so its ctime. */
  touched = false;

  constructor(
    os: Os,
    scratch: Scratch,
    layout: Layout,
    momentaryLock: Int32Array | undefined,
    log: (text: string) => void,
  ) {
    this.#os = os;
    this.#memory = scratch.memory;
    this.#words = scratch.words;
    this.#layout = layout;
    this.#log = log;
    this.#momentary = new Momentary(os, scratch.words, layout.momentary, momentaryLock, log);
  }

  /**
   * Reads the record of the target, whose STAT record is at byte offset `stat`, into `into`; without one, or if it
   * cannot be read at all, `into` is clear. When the object had to be changed for a moment, the ctime in the STAT
   * record is brought up to date. 0, or -errno if the answer must not be remembered.
   */
  read(fd: number, nameOff: number, stat: number, into: OwnerRecord): number {
    this.touched = false;
    into.clear();
    if (this.#devices.get(this.#words, stat >>> 2) === REFUSES) return 0;
    let result = this.#readOnce(fd, nameOff, stat, into);
    if (result === -Errno.EACCES) {
      result = this.#momentarily(fd, nameOff, S_IRUSR, (object) => this.#readTouching(object, stat, into));
      if (this.touched && !this.#refreshCtime(fd, nameOff, stat)) result = -Errno.ENOENT;
      if (result === -Errno.EACCES) {
        into.clear();
        return 0;
      }
    }
    if (result < 0) into.clear();
    return result;
  }

  /**
   * Writes the record of the target; `stat` = byte offset of its STAT record (type and device are used). 0, or:
   * -EOPNOTSUPP: such an object cannot carry a record here; -EPERM: it could, but we may not; or another -errno.
   */
  write(fd: number, nameOff: number, stat: number, record: OwnerRecord): number {
    const length = formatRecord(record, this.#memory, this.#layout.value);
    const result = this.#changing(fd, nameOff, stat, (target, targetName, attribute) =>
      this.#os.setxattr(target, targetName, attribute, this.#layout.value, length, 0),
    );
    if (result >= 0) this.#devices.set(this.#words, stat >>> 2, CARRIES);
    if (result === -Errno.EOPNOTSUPP && isPlain(this.#words, stat)) this.#devices.set(this.#words, stat >>> 2, REFUSES);
    return result;
  }

  /** Removes our record; 0 also if there was none. Errors as `write`. */
  remove(fd: number, nameOff: number, stat: number): number {
    const result = this.#changing(fd, nameOff, stat, (target, targetName, attribute) =>
      this.#os.removexattr(target, targetName, attribute),
    );
    return result === -Errno.ENODATA ? 0 : result;
  }

  #changing(
    fd: number,
    nameOff: number,
    stat: number,
    call: (fd: number, nameOff: number, attribute: number) => number,
  ): number {
    const user = this.#layout.names[RecordName.USER];
    const result = call(fd, nameOff, user);
    if (result >= 0) return 0;
    if (result === -Errno.EACCES) {
      const again = this.#momentarily(fd, nameOff, S_IWUSR, (object) => call(object, SELF, user));
      return again === -Errno.EACCES ? -Errno.EPERM : again;
    }
    if (isPlain(this.#words, stat) || (result !== -Errno.EPERM && result !== -Errno.EOPNOTSUPP)) return result;
    // A symlink, FIFO or socket on Linux: only the trusted namespace is open to it, and only with CAP_SYS_ADMIN.
    const trusted = call(fd, nameOff, this.#layout.names[RecordName.TRUSTED]);
    return trusted === -Errno.EPERM ? -Errno.EOPNOTSUPP : trusted;
  }

  /** -EACCES: a record may be there, but the object's mode keeps us from reading it. */
  #readOnce(fd: number, nameOff: number, stat: number, into: OwnerRecord): number {
    const present = this.#presentNames(fd, nameOff, stat);
    if (present <= 0) return present;
    const plain = isPlain(this.#words, stat);
    let found = 0;
    if ((present & bit(RecordName.USER)) !== 0) found = this.#readOurs(fd, nameOff, RecordName.USER, into);
    if (found === 0 && !plain && (present & bit(RecordName.TRUSTED)) !== 0) {
      found = this.#readOurs(fd, nameOff, RecordName.TRUSTED, into);
    }
    for (let name: number = RecordName.DOCKER; name <= RecordName.USER_DOCKER && found >= 0; name++) {
      if ((present & bit(name)) === 0) continue;
      found = found > 0 ? this.#noteDocker(fd, nameOff, name, into) : this.#readDockers(fd, nameOff, name, into);
    }
    return Math.min(found, 0);
  }

  /** Bits of {@link RecordName} that the object seems to have, or -errno. */
  #presentNames(fd: number, nameOff: number, stat: number): number {
    const { list, listRoom } = this.#layout;
    const length = this.#os.listxattr(fd, nameOff, list, listRoom);
    if (length > 0) return this.#scan(list, list + length);
    if (length === 0) {
      this.#probe(fd, nameOff, stat);
      return 0;
    }
    if (length === -Errno.EOPNOTSUPP || length === -Errno.ENOSYS) {
      this.#devices.set(this.#words, stat >>> 2, REFUSES);
      return 0;
    }
    // More names than there is room for: ask for each. The names of ownership records are hidden from nobody here.
    return length === -Errno.ERANGE ? ANY_NAME : length;
  }

  #scan(from: number, end: number): number {
    let present = 0;
    let at = from;
    while (at < end) {
      let to = at;
      while (to < end && this.#memory[to] !== 0) to++;
      const index = recordNameIndex(this.#memory, at, to - at);
      if (index >= 0) present |= bit(index);
      at = to + 1;
    }
    return present;
  }

  /** Asks a file system once whether it knows user attributes at all. An empty list does not say that. */
  #probe(fd: number, nameOff: number, stat: number): void {
    const { names, value, valueRoom } = this.#layout;
    if (!isPlain(this.#words, stat) || this.#devices.get(this.#words, stat >>> 2) !== UNKNOWN) return;
    const answer = this.#os.getxattr(fd, nameOff, names[RecordName.USER], value, valueRoom);
    this.#devices.set(this.#words, stat >>> 2, answer === -Errno.EOPNOTSUPP ? REFUSES : CARRIES);
  }

  /** 1 found, 0 none, or -errno. */
  #readOurs(fd: number, nameOff: number, name: number, into: OwnerRecord): number {
    const length = this.#value(fd, nameOff, name, RECORD_LIMIT);
    if (length <= 0) return length;
    if (!parseRecord(this.#memory, this.#layout.value, length, into)) {
      this.#complain(name, length);
      return 0;
    }
    into.has |= Has.STORED;
    return 1;
  }

  #readDockers(fd: number, nameOff: number, name: number, into: OwnerRecord): number {
    const length = this.#value(fd, nameOff, name, DOCKER_RECORD_LIMIT);
    if (length <= 0) return length;
    if (!parseDockerRecord(this.#memory, this.#layout.value, length, into)) {
      this.#complain(name, length);
      return 0;
    }
    into.has |= Has.DOCKER;
    return 1;
  }

  /** Beside our record, Docker's matters only by being there. */
  #noteDocker(fd: number, nameOff: number, name: number, into: OwnerRecord): number {
    if (this.#os.getxattr(fd, nameOff, this.#layout.names[name], this.#layout.value, 0) > 0) into.has |= Has.DOCKER;
    return 1;
  }

  /** Length of the value now in the scratch piece, 0 if there is none (or one too long to be ours), or -errno. */
  #value(fd: number, nameOff: number, name: number, limit: number): number {
    const { names, value, valueRoom } = this.#layout;
    const length = this.#os.getxattr(fd, nameOff, names[name], value, valueRoom);
    if (length > limit || length === -Errno.ERANGE) {
      this.#complain(name, 0);
      return 0;
    }
    // EPERM is the answer for a namespace that this object or this system does not have.
    if (length === -Errno.ENODATA || length === -Errno.EOPNOTSUPP || length === -Errno.EPERM) return 0;
    return length;
  }

  #readTouching(object: number, stat: number, into: OwnerRecord): number {
    this.touched = true;
    return this.#readOnce(object, SELF, stat, into);
  }

  #momentarily(fd: number, nameOff: number, need: number, action: (object: number) => number): number {
    return onObject(this.#os, fd, nameOff, (object) => this.#momentary.run(object, need, () => action(object)));
  }

  /** `false`: the name stands for another object by now. */
  #refreshCtime(fd: number, nameOff: number, stat: number): boolean {
    const words = this.#words;
    if (this.#os.stat(fd, nameOff, this.#layout.momentary) < 0) return false;
    const from = this.#layout.momentary >>> 2;
    const to = stat >>> 2;
    if (!isSame(words, from, to)) return false;
    words[to + Attr.CTIME] = words[from + Attr.CTIME];
    words[to + Attr.CTIME + 1] = words[from + Attr.CTIME + 1];
    words[to + Attr.CTIMENSEC] = words[from + Attr.CTIMENSEC];
    return true;
  }

  /** Once: a whole tree of such records would fill the log. */
  #complain(name: number, length: number): void {
    if (this.#complained) return;
    this.#complained = true;
    const start = this.#layout.value;
    const text = JSON.stringify(Buffer.from(this.#memory.slice(start, start + length)).toString('latin1'));
    const shown = length === 0 ? 'one that is too long' : text;
    const attribute = name === RecordName.USER || name === RecordName.TRUSTED ? 'override_stat' : 'Docker ownership';
    this.#log(`ignoring malformed ${attribute} records, the first being ${shown}`);
  }
}

/** A regular file or directory: what may carry user attributes on every system. */
function isPlain(words: Uint32Array, stat: number): boolean {
  const type = words[(stat >>> 2) + Attr.MODE] & S_IFMT;
  return type === S_IFREG || type === S_IFDIR;
}

/** Whether two STAT records (word indexes) are of the same object. */
function isSame(words: Uint32Array, a: number, b: number): boolean {
  return (
    words[a + Attr.INO] === words[b + Attr.INO] &&
    words[a + Attr.INO + 1] === words[b + Attr.INO + 1] &&
    words[a + Attr.DEV] === words[b + Attr.DEV] &&
    words[a + Attr.DEV + 1] === words[b + Attr.DEV + 1]
  );
}
