/**
 * A host without a disk: directories by path, descriptors by number, and just the calls of the seam that the descriptor
 * cache makes. Errors are -errno, as there.
 */

import { Descriptors } from '../../../../host/cache/descriptors.js';
import { Inspector } from '../../../../host/cache/inspect.js';
import { NodeTable } from '../../../../host/state/nodes.js';
import { type Os, SELF, STAT } from '../../../../native/os.js';
import { Errno } from '../../../../protocol/errno.js';
import { fuse_attr } from '../../../../protocol/fuse/structs.js';

const NAME = 0;
const PATH = 512;
const STAT_AT = 8192;
const S_IFDIR = 0o040_000;

export class FakeTree {
  readonly memory = new Uint8Array(16_384);
  readonly words = new Uint32Array(this.memory.buffer);
  /** path → inode number; what is moved or removed is changed here */
  readonly paths = new Map<string, number>([['/root', 1]]);
  /** open descriptor → inode number */
  readonly open = new Map<number, number>([[3, 1]]);
  /** most descriptors that may be open */
  limit = Number.POSITIVE_INFINITY;
  /** longest path the system can tell */
  longest = Number.POSITIVE_INFINITY;
  opened = 0;
  readonly nodes = new NodeTable();
  readonly inspect: Inspector;
  readonly descriptors: Descriptors;
  #next = 4;

  constructor(budget: number) {
    const os = this.#os() as unknown as Os;
    this.inspect = new Inspector(os, this.nodes, this.words, STAT_AT);
    this.inspect.look(3, SELF);
    this.nodes.setRoot(this.inspect.device, 1, 0, this.inspect.birth, S_IFDIR);
    this.descriptors = new Descriptors(os, this.nodes, this.inspect, 3, this.memory, NAME, PATH, budget);
    this.nodes.onFree = (slot) => this.descriptors.forget(slot);
  }

  /** Makes a directory on the host and a node of it; the slot. */
  directory(parent: number, name: string, path: string): number {
    this.paths.set(path, this.paths.size + 100);
    this.#stat(this.paths.get(path)!);
    const bytes = Buffer.from(name);
    this.memory.set(bytes, 4096);
    const { device, inoLo, inoHi, birth, type } = this.#seen(this.paths.get(path)!);
    return this.nodes.enter(device, inoLo, inoHi, birth, type, parent, this.memory, 4096, bytes.length);
  }

  /** Moves a directory and everything below it. */
  move(from: string, to: string): void {
    for (const [path, ino] of [...this.paths]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      this.paths.delete(path);
      this.paths.set(to + path.slice(from.length), ino);
    }
  }

  pathOfInode(ino: number): string | undefined {
    return [...this.paths].find(([, each]) => each === ino)?.[0];
  }

  #seen(ino: number) {
    const fd = this.#next++;
    this.open.set(fd, ino);
    this.inspect.look(fd, SELF);
    this.open.delete(fd);
    return this.inspect;
  }

  #stat(ino: number): void {
    const at = (STAT_AT + STAT.attr) >> 2;
    this.words.fill(0, STAT_AT >> 2, (STAT_AT + STAT.size) >> 2);
    this.words[at + (fuse_attr.at.ino >> 2)] = ino;
    this.words[at + (fuse_attr.at.mode >> 2)] = S_IFDIR | 0o755;
    this.words[at + (fuse_attr.at.nlink >> 2)] = this.pathOfInode(ino) === undefined ? 0 : 2;
  }

  #os() {
    const name = (at: number) => Buffer.from(this.memory.subarray(at, this.memory.indexOf(0, at))).toString();
    return {
      openDirectory: (base: number, nameOff: number) => {
        if (!this.open.has(base)) return -Errno.EBADF;
        const ino = this.paths.get(`${this.pathOfInode(this.open.get(base)!)}/${name(nameOff)}`);
        if (ino === undefined) return -Errno.ENOENT;
        if (this.open.size >= this.limit) return -Errno.EMFILE;
        this.opened++;
        this.open.set(this.#next, ino);
        return this.#next++;
      },
      close: (fd: number) => (this.open.delete(fd) ? 0 : -Errno.EBADF),
      statBirth: (fd: number) => {
        if (!this.open.has(fd)) return -Errno.EBADF;
        this.#stat(this.open.get(fd)!);
        return 0;
      },
      pathOf: (fd: number, out: number, capacity: number) => {
        const path = this.pathOfInode(this.open.get(fd) ?? -1);
        if (path === undefined) return -Errno.ENOENT;
        if (path.length > Math.min(this.longest, capacity)) return -Errno.ENAMETOOLONG;
        this.memory.set(Buffer.from(path), out);
        return path.length;
      },
    };
  }
}
