/**
 * Looking at host objects: one `stat` into a fixed place of the arena, and the identity read from there.
 *
 * Device numbers are mapped to small indices (a share rarely spans more than a handful of file systems). Inode numbers
 * of other file systems than the root's are told apart for the guest by their top bits, so that two files never share
 * an (st_dev, st_ino) pair there.
 */
import { type Os, SELF, STAT } from '../../native/os.js';
import { Errno } from '../../protocol/errno.js';
import { fuse_attr } from '../../protocol/fuse/structs.js';
import { S_IFMT } from '../../protocol/linux.js';
import type { Identity } from '../state/identity.js';
import type { NodeTable } from '../state/nodes.js';

const A = fuse_attr.at;

export class Inspector {
  private readonly devices: number[] = [];

  constructor(
    private readonly os: Os,
    private readonly nodes: NodeTable,
    private readonly words: Uint32Array,
    /** arena offset of the STAT record, 8-byte aligned */
    readonly at: number,
  ) {}

  // what the last `look` saw
  device = 0;
  inoLo = 0;
  inoHi = 0;
  birth = 0;
  mode = 0;

  get type(): number {
    return this.mode & S_IFMT;
  }

  /** st_nlink of what the last `look` saw */
  get links(): number {
    return this.words[(this.at + STAT.attr + A.nlink) >> 2];
  }

  /** Stats a target with the host's own numbers; identity into the fields. 0 or -errno. */
  look(fd: number, nameOff: number): number {
    const failed = this.os.statBirth(fd, nameOff, this.at);
    if (failed < 0) return failed;
    const w = (this.at + STAT.attr) >> 2;
    this.inoLo = this.words[w + (A.ino >> 2)];
    this.inoHi = this.words[w + (A.ino >> 2) + 1];
    this.mode = this.words[w + (A.mode >> 2)];
    const d = this.at >> 2;
    this.device = this.deviceIndex(this.words[d + (STAT.dev >> 2)], this.words[d + (STAT.dev >> 2) + 1]);
    this.birth =
      (this.words[d + (STAT.btime >> 2)] ^ Math.imul(this.words[d + (STAT.btimeNsec >> 2)], 0x9e3779b1)) >>> 0;
    if (this.device > 0) this.words[w + (A.ino >> 2) + 1] = (this.inoHi ^ (this.device << 16)) >>> 0;
    return 0;
  }

  /** Whether the target is this node now. */
  isNode(fd: number, nameOff: number, slot: number): boolean {
    return this.look(fd, nameOff) === 0 && this.sawNode(slot);
  }

  /** Whether the last `look` saw this node. */
  sawNode(slot: number): boolean {
    const n = this.nodes;
    return (
      n.inoLo[slot] === this.inoLo &&
      n.inoHi[slot] === this.inoHi &&
      n.device[slot] === this.device &&
      n.birth[slot] === this.birth &&
      n.type[slot] === this.type
    );
  }

  /** Looks and insists on the identity: 0, -errno, or -ESTALE if another object is there. */
  lookAt(fd: number, nameOff: number, slot: number): number {
    const failed = this.look(fd, nameOff);
    if (failed < 0) return failed;
    return this.sawNode(slot) ? 0 : -Errno.ESTALE;
  }

  /** What is behind the descriptors; those that cannot be looked at are left out. */
  identities(descriptors: readonly number[]): Identity[] {
    return descriptors.flatMap((fd) => {
      if (this.look(fd, SELF) < 0) return [];
      const { device, inoLo, inoHi, birth } = this;
      return [{ device, inoLo, inoHi, birth }];
    });
  }

  private deviceIndex(lo: number, hi: number): number {
    for (let i = 0; i < this.devices.length; i += 2) {
      if (this.devices[i] === lo && this.devices[i + 1] === hi) return i >> 1;
    }
    this.devices.push(lo, hi);
    return (this.devices.length >> 1) - 1;
  }
}
