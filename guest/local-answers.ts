/**
 * Requests that are answered here because the daemon has said beforehand what it would answer: the fastest request is the
 * one that is not sent. What may be answered is the daemon's to grant, mount by mount (Mount in control.proto):
 *
 * - `userXattrsOnly`: attributes with a name that every share refuses. The kernel asks for `security.capability` when a file
 *   is written or executed, and ls asks for `security.selinux`, of each file again and again.
 * - `flushForLocksOnly`: FLUSH of a file on which nobody here can hold a lock. The daemon grants it where close(2) has no
 *   news of its own.
 *
 * Like forward.ts it works on the worker's memory alone and allocates nothing per request.
 */
import { Errno } from '../protocol/errno.js';
import { FUSE_COMPAT_SETXATTR_IN_SIZE } from '../protocol/fuse/constants.js';
import { Opcode } from '../protocol/fuse/opcodes.js';
import {
  fuse_flush_in,
  fuse_getxattr_in,
  fuse_in_header,
  fuse_lk_in,
  fuse_out_header,
  fuse_release_in,
  fuse_setxattr_in,
} from '../protocol/fuse/structs.js';
import { refuseXattrName } from '../protocol/xattr-policy.js';
import { Counter } from './counters.js';
import { LockedFiles } from './locked-files.js';

export interface LocalAnswersOptions {
  readonly userXattrsOnly: boolean;
  readonly flushForLocksOnly: boolean;
  /** changes are refused with another error, by whom it may be */
  readonly readOnly: boolean;
}

/** Results of {@link LocalAnswers.take} that are no errors. */
export const FORWARD = 0;
export const ANSWERED = 1;

/** As the answer to a request: only the daemon knows. Errors are negative, and 0 is success. */
const UNKNOWN = 1;

const IN = fuse_in_header.at;
const OUT = fuse_out_header.at;
const HEADER = fuse_in_header.size;

export class LocalAnswers {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #at: number;
  readonly #reply: (offset: number, length: number) => number;
  readonly #options: LocalAnswersOptions;
  readonly #count: Float64Array;
  readonly #locked = new LockedFiles();

  /**
   * @param request where requests are read to, offset in the arena
   * @param reply gives a reply to the kernel: 0 or -errno
   */
  constructor(
    arena: ArrayBuffer,
    request: number,
    reply: (offset: number, length: number) => number,
    options: LocalAnswersOptions,
    counters: Float64Array,
  ) {
    this.#view = new DataView(arena);
    this.#bytes = new Uint8Array(arena);
    this.#at = request;
    this.#reply = reply;
    this.#options = options;
    this.#count = counters;
  }

  /**
   * Looks at the request of `length` bytes: {@link ANSWERED}, or {@link FORWARD} with the request unchanged, or -errno of
   * giving the answer to the kernel. A request that is not what it should look like is the daemon's to judge.
   */
  take(length: number): number {
    const error = this.#answer(length);
    if (error === UNKNOWN) return FORWARD;
    // The unique is at the same place in both headers: the answer is made of the request.
    this.#view.setUint32(this.#at + OUT.len, fuse_out_header.size, true);
    this.#view.setInt32(this.#at + OUT.error, error, true);
    const result = this.#reply(this.#at, fuse_out_header.size);
    this.#count[Counter.REQUESTS]++;
    if (result === -Errno.ENOENT) this.#count[Counter.LATE]++;
    else if (result < 0) return result;
    else this.#count[Counter.ANSWERED]++;
    return ANSWERED;
  }

  #answer(length: number): number {
    if (length < HEADER || this.#u32(IN.len) !== length) return UNKNOWN;
    switch (this.#u32(IN.opcode)) {
      case Opcode.FLUSH:
        return length === HEADER + fuse_flush_in.size ? this.#flush() : UNKNOWN;
      case Opcode.GETXATTR:
        return this.#xattr(HEADER + fuse_getxattr_in.size, length);
      case Opcode.SETXATTR:
        return this.#setxattr(length);
      case Opcode.REMOVEXATTR:
        return this.#options.readOnly ? UNKNOWN : this.#xattr(HEADER, length);
      case Opcode.SETLK:
      case Opcode.SETLKW:
        return this.#lock(length);
      case Opcode.RELEASE:
        return this.#release(length);
      default:
        return UNKNOWN;
    }
  }

  #u32(at: number): number {
    return this.#view.getUint32(this.#at + at, true);
  }

  #flush(): number {
    if (!this.#options.flushForLocksOnly) return UNKNOWN;
    return this.#locked.has(this.#u32(IN.nodeid), this.#u32(IN.nodeid + 4)) ? UNKNOWN : 0;
  }

  /** A request to unlock counts too, and one that fails: nothing is lost by a FLUSH too many. */
  #lock(length: number): number {
    if (!this.#options.flushForLocksOnly || length < HEADER + fuse_lk_in.size) return UNKNOWN;
    const fh = HEADER + fuse_lk_in.at.fh;
    this.#locked.add(this.#u32(IN.nodeid), this.#u32(IN.nodeid + 4), this.#u32(fh), this.#u32(fh + 4));
    return UNKNOWN;
  }

  #release(length: number): number {
    if (this.#locked.size === 0 || length < HEADER + fuse_release_in.size) return UNKNOWN;
    const fh = HEADER + fuse_release_in.at.fh;
    this.#locked.remove(this.#u32(IN.nodeid), this.#u32(IN.nodeid + 4), this.#u32(fh), this.#u32(fh + 4));
    return UNKNOWN;
  }

  /** An attribute's name from offset `name` of the request up to and with the NUL before `end`. */
  #xattr(name: number, end: number): number {
    if (!this.#options.userXattrsOnly || !this.#isText(name, end)) return UNKNOWN;
    const length = end - 1 - name;
    const refused = refuseXattrName(this.#bytes, this.#at + name, length);
    return refused < 0 ? refused : UNKNOWN;
  }

  /**
   * The struct has 8 bytes or 16, as INIT has agreed; name and value follow, and the value's length says where the name
   * ends. The longer struct ends with padding of zeros, which no name can have in it.
   */
  #setxattr(length: number): number {
    const short = HEADER + FUSE_COMPAT_SETXATTR_IN_SIZE;
    if (this.#options.readOnly || length < short) return UNKNOWN;
    const end = length - this.#u32(HEADER + fuse_setxattr_in.at.size);
    return this.#xattr(this.#isText(short, end) ? short : HEADER + fuse_setxattr_in.size, end);
  }

  /** Whether the only NUL from `start` to `end` is the last byte, and not the first. */
  #isText(start: number, end: number): boolean {
    return end - start > 1 && this.#bytes.indexOf(0, this.#at + start) === this.#at + end - 1;
  }
}
