/**
 * The object that an operation changes: its mode on the host, the record it has and the record it shall have. One
 * instance, reused by every operation.
 *
 * The guest's chmod reaches the host inode. Only bits that the host does not keep (S_ISGID for a group that is not the
 * daemon's, the sticky bit of a file on some systems) go into the record.
 */
import type { Os } from '../../native/os.js';
import { SELF } from '../../native/os.js';
import { S_IALLUGO, S_ISGID, S_ISUID, S_ISVTX } from '../../protocol/linux.js';
import { Has, OwnerRecord } from './record.js';
import { Attr } from './scratch.js';

export const SPECIAL_BITS = S_ISUID | S_ISGID | S_ISVTX;
const RWX_BITS = S_IALLUGO & ~SPECIAL_BITS;
const OWNER = Has.UID | Has.GID;

export class Subject {
  readonly #os: Os;
  readonly #words: Uint32Array;
  /** Byte offset of the host's STAT of the object. */
  readonly stat: number;
  readonly current = new OwnerRecord();
  readonly next = new OwnerRecord();
  /** What the host said to special bits in the last `setMode`: 0 or -errno. */
  refusal = 0;

  constructor(os: Os, words: Uint32Array, stat: number) {
    this.#os = os;
    this.#words = words;
    this.stat = stat;
  }

  /** st_mode as the host had it at the last look. */
  get hostMode(): number {
    return this.#words[(this.stat >>> 2) + Attr.MODE];
  }

  look(fd: number): number {
    return this.#os.stat(fd, SELF, this.stat);
  }

  /** An object of the given type, just created in the directory whose STAT is at word `parent`, without a record. */
  newborn(type: number, parent: number): void {
    const stat = this.stat >>> 2;
    this.#words[stat + Attr.MODE] = type;
    this.#words[stat + Attr.DEV] = this.#words[parent + Attr.DEV];
    this.#words[stat + Attr.DEV + 1] = this.#words[parent + Attr.DEV + 1];
    this.current.clear();
    this.next.clear();
  }

  /**
   * Sets the host mode as far as the host goes along, and the mode part of `next` to what is left. Where special bits
   * are refused with an error (as macOS does) it is left in `refusal` and the others are set. 0 or -errno.
   */
  setMode(fd: number, wanted: number): number {
    this.refusal = 0;
    const result = this.#os.chmod(fd, wanted);
    if (result < 0) {
      if ((wanted & SPECIAL_BITS) === 0 || this.#os.chmod(fd, wanted & RWX_BITS) < 0) return result;
      this.refusal = result;
    }
    const looked = this.look(fd);
    if (looked < 0) return looked;
    // A whole record stays whole: the other readers of this convention expect a mode. And Docker's must be outdone.
    const { has } = this.current;
    const whole = (has & Has.MODE) !== 0 && ((has & OWNER) === OWNER || (has & Has.DOCKER) !== 0);
    if (whole || (this.hostMode & S_IALLUGO) !== wanted) this.next.tieMode(wanted);
    else this.next.dropMode();
    return 0;
  }

  /** Adds special bits to the mode of a newborn object, unless the host has set them already. 0 or -errno. */
  addBits(fd: number, special: number): number {
    const looked = this.look(fd);
    if (looked < 0) return looked;
    const mode = this.hostMode & S_IALLUGO;
    return (mode & special) === special ? 0 : this.setMode(fd, mode | special);
  }

  /** Clears bits in the host mode and in the mode part of `next`, leaving all others as they are in either. */
  clearBits(fd: number, bits: number): number {
    if ((this.next.has & Has.MODE) !== 0) this.next.mode &= ~bits;
    const before = this.hostMode & S_IALLUGO;
    const left = before & ~bits;
    return left === before ? 0 : this.#os.chmod(fd, left);
  }

  /** Takes a change of the mode back. `mode` = st_mode from before. */
  restoreMode(fd: number, mode: number): void {
    if (this.look(fd) >= 0 && this.hostMode !== mode) this.#os.chmod(fd, mode & S_IALLUGO);
  }
}
