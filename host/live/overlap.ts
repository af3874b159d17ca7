/**
 * A superblock that lets its guest keep something, under mounts that are stricter: what of it they rule, and how the guest gives back what it
 * kept there when one comes, or when a directory is moved under one.
 */
import { PATH, PATH_SIZE } from '../arena.js';
import type { Context } from '../context.js';
import { pathOf } from '../share-root.js';
import type { Announcement } from './announcement.js';
import { Ruled } from './ruled.js';

export interface OverlapPorts {
  push(announcement: Announcement): void;
  /** Nothing of the directory node and what is below it is to be used unasked. */
  takeBack(slot: number): void;
  /** Whether the guest has begun to ask, so that it can be told something and may have kept something. */
  tellable(): boolean;
}

export class Overlap {
  readonly ruled: Ruled;
  /** nodes that have come under a stricter mount, by a rename or by being found there */
  private readonly arrived = new Set<number>();

  constructor(
    private readonly c: Context,
    private readonly ports: OverlapPorts,
  ) {
    this.ruled = new Ruled(c.nodes);
  }

  /**
   * From now on these directories and all below are ruled by stricter mounts, and no others.
   *
   * @param descriptors of them, open as long as they count
   * @param done the guest has given back what it kept there
   */
  rule(descriptors: readonly number[], done: () => void): void {
    const { c, ports } = this;
    const begun = this.ruled.set(this.c.inspect.identities(descriptors), this.isBelow(descriptors));
    c.nodes.onMoved = this.ruled.none ? undefined : (slot) => this.arrived.add(slot);
    if (!ports.tellable() || begun.length === 0) {
      done();
      return;
    }
    for (const slot of begun) ports.takeBack(slot);
    ports.push({ what: 'barrier', done });
  }

  /** After what has moved something has been told. */
  settle(): void {
    if (this.arrived.size === 0) return;
    const { c, ports, ruled } = this;
    for (const slot of this.arrived) {
      const parent = c.nodes.parent[slot];
      if (parent < 0 || c.nodes.nameLength[slot] === 0 || !ruled.covers(parent)) continue;
      ports.push({ what: 'entry', parent, name: nameOf(c, slot), expire: true });
      if (c.isDirectory(slot)) ports.takeBack(slot);
      else ports.push({ what: 'inode', node: slot });
    }
    this.arrived.clear();
  }

  /** Whether the share root is one of the directories or below one, where they are now. */
  private isBelow(descriptors: readonly number[]): boolean {
    if (descriptors.length === 0) return false;
    const root = this.path(this.c.rootFd);
    return descriptors.some((fd) => {
      const above = this.path(fd);
      return above !== undefined && root !== undefined && `${root}/`.startsWith(above === '/' ? '/' : `${above}/`);
    });
  }

  /** In latin1; undefined: it has none, or a very long one. */
  private path(fd: number): string | undefined {
    try {
      return pathOf(fd, { memory: this.c.arena.memory, offset: PATH, size: PATH_SIZE }).toString('latin1');
    } catch {
      return undefined;
    }
  }
}

function nameOf(c: Context, slot: number): string {
  const bytes = Buffer.alloc(256);
  return bytes.toString('latin1', 0, c.nodes.copyName(slot, bytes, 0));
}
