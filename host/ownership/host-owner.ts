/** Ownership `host`: the numeric ids of the host inode itself. */
import type { Os } from '../../native/os.js';
import { S_IALLUGO, S_IFDIR, S_IFMT, S_ISGID } from '../../protocol/linux.js';
import { onObject } from './object.js';
import { Attr } from './scratch.js';
import { SPECIAL_BITS, type Subject } from './subject.js';

export class HostOwner {
  readonly #os: Os;
  readonly #words: Uint32Array;
  readonly #subject: Subject;
  readonly #euid = process.geteuid?.() ?? -1;
  readonly #egid = process.getegid?.() ?? -1;

  constructor(os: Os, words: Uint32Array, subject: Subject) {
    this.#os = os;
    this.#words = words;
    this.#subject = subject;
  }

  /**
   * Gives what was just created (target; `mode` as asked for) to uid:gid, or, in a directory with S_ISGID (`parentMode`),
   * to uid and the group that the host's kernel has handed on.
   *
   * Only root can give files away, and then only what it just created: a name that stands for another object by now
   * (another owner, more links) is left alone.
   */
  created(fd: number, nameOff: number, mode: number, uid: number, gid: number, parentMode: number): number {
    const inherits = (parentMode & S_ISGID) !== 0;
    if (this.#euid !== 0 || (uid === this.#euid && (inherits || gid === this.#egid))) return 0;
    return onObject(this.#os, fd, nameOff, (object) => {
      const looked = this.#subject.look(object);
      if (looked < 0) return looked;
      const stat = this.#subject.stat >>> 2;
      const hostMode = this.#subject.hostMode;
      const isDirectory = (hostMode & S_IFMT) === S_IFDIR;
      if (this.#words[stat + Attr.UID] !== this.#euid || (!isDirectory && this.#words[stat + Attr.NLINK] > 1)) return 0;
      const given = this.#os.chown(object, uid, inherits ? this.#words[stat + Attr.GID] : gid);
      if (given < 0 || isDirectory || (mode & SPECIAL_BITS) === 0) return given;
      // chown(2) has cleared the set-id bits that were asked for.
      return this.#os.chmod(object, hostMode & S_IALLUGO);
    });
  }
}
