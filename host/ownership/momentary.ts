/**
 * A momentary change of an object's mode, for a record that the object's own mode keeps us from (0000, 0444).
 *
 * Linux checks the inode's mode at every call that touches a user attribute, also through a descriptor that was opened
 * before (xattr(7)), so there is no other way for its owner who is not root. The owner's bits are added, the record is
 * read or written, and the very mode comes back, also when that failed. It is done only where the old mode can be had
 * back: chmod(2) silently drops S_ISGID when the file's group is not one of ours.
 *
 * The lock excludes other workers: two at once would take each other's momentary mode for the real one.
 */
import type { Os } from '../../native/os.js';
import { SELF } from '../../native/os.js';
import { Errno } from '../../protocol/errno.js';
import { S_IALLUGO, S_ISGID } from '../../protocol/linux.js';
import { Attr } from './scratch.js';

/** A holder needs microseconds. A worker that died while holding it must not stop the others for good. */
const LOCK_PATIENCE_MS = 1000;

export class Momentary {
  readonly #os: Os;
  readonly #words: Uint32Array;
  readonly #stat: number;
  readonly #lock: Int32Array | undefined;
  readonly #log: (text: string) => void;
  readonly #groups: ReadonlySet<number>;

  /** `stat`: byte offset of room for a STAT record. `lock`: see OwnershipOptions.momentaryLock. */
  constructor(os: Os, words: Uint32Array, stat: number, lock: Int32Array | undefined, log: (text: string) => void) {
    this.#os = os;
    this.#words = words;
    this.#stat = stat;
    this.#lock = lock;
    this.#log = log;
    this.#groups = new Set([process.getegid?.() ?? -1, ...(process.getgroups?.() ?? [])]);
  }

  /**
   * Runs `action` while the object behind `fd` (an object descriptor or an open file) has the mode bits `need` as well.
   * Returns what `action` returned; -EACCES if the mode cannot be changed, or not be changed back: then nothing ran.
   */
  run(fd: number, need: number, action: () => number): number {
    if (!this.#acquire()) return -Errno.EACCES;
    try {
      return this.#holding(fd, need, action);
    } finally {
      this.#release();
    }
  }

  #holding(fd: number, need: number, action: () => number): number {
    if (this.#os.stat(fd, SELF, this.#stat) < 0) return -Errno.EACCES;
    const stat = this.#stat >>> 2;
    const mode = this.#words[stat + Attr.MODE] & S_IALLUGO;
    // Who has the bits already is refused for another reason, such as not being the owner.
    if ((mode & need) === need) return -Errno.EACCES;
    if ((mode & S_ISGID) !== 0 && !this.#groups.has(this.#words[stat + Attr.GID])) return -Errno.EACCES;
    if (this.#os.chmod(fd, mode | need) < 0) return -Errno.EACCES;
    try {
      return action();
    } finally {
      this.#restore(fd, mode | need, mode);
    }
  }

  /** Somebody else's chmod in between is the later one: it stays. */
  #restore(fd: number, momentary: number, mode: number): void {
    const result = this.#os.stat(fd, SELF, this.#stat);
    if (result >= 0 && (this.#words[(this.#stat >>> 2) + Attr.MODE] & S_IALLUGO) !== momentary) return;
    const restored = this.#os.chmod(fd, mode);
    if (restored < 0) this.#log(`cannot give a file its mode 0${mode.toString(8)} back: errno ${-restored}`);
  }

  #acquire(): boolean {
    const lock = this.#lock;
    if (lock === undefined) return true;
    while (Atomics.compareExchange(lock, 0, 0, 1) !== 0) {
      if (Atomics.wait(lock, 0, 1, LOCK_PATIENCE_MS) === 'timed-out') return false;
    }
    return true;
  }

  #release(): void {
    const lock = this.#lock;
    if (lock === undefined) return;
    Atomics.store(lock, 0, 0);
    Atomics.notify(lock, 0, 1);
  }
}
