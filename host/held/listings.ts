/**
 * Listings of directories for a guest that opens none (no-opendir): READDIR names the node and an offset, and nothing says which
 * stream it belongs to, when one began or that it has ended.
 *
 * So an offset is made of the name alone: names are told in the order of a keyed hash, and a name's offset is its hash. Whoever
 * continues behind an offset gets every name that has stayed exactly once, whatever came and went meanwhile, however many
 * streams there are, and whether or not the listing they began with is still here. What the host's file system means by its own
 * offsets does not matter: that of tmpfs (before Linux 6.6) and overlayfs are places in a list of one open directory.
 */
import { randomBytes } from 'node:crypto';
import { Errno } from '../../protocol/errno.js';
import { direntSize } from '../../protocol/fuse/dirent.js';
import { fuse_dirent } from '../../protocol/fuse/structs.js';
import { O_DIRECTORY, O_RDONLY } from '../../protocol/linux.js';
import { BLOCK, BLOCK_SIZE, SMALL } from '../arena.js';
import type { Context } from '../context.js';

const D = fuse_dirent.at;
const HEADER = fuse_dirent.size;

/** Offsets of "." and "..". */
const DOT = 1;
const DOT_DOT = 2;
/** Names whose hashes are equal have this many offsets: their rank among each other is the last digit. */
const RANKS = 16;
/** Kept for streams that continue, and always the last one. Bytes. */
const KEPT = 8 << 20;

export class Listing {
  /** records (struct fuse_dirent) in the order of their offsets; a record begins at a multiple of 8 */
  constructor(
    readonly records: Uint8Array,
    readonly starts: Uint32Array,
    readonly offsets: Float64Array,
  ) {}

  /** Index of the first entry behind `offset`. */
  after(offset: number): number {
    let low = 0;
    for (let high = this.offsets.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (this.offsets[middle] > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  get byteLength(): number {
    return this.records.byteLength + this.starts.byteLength + this.offsets.byteLength;
  }
}

/** Collects the records of a directory and puts them in order. */
export class ListingBuilder {
  private records = new Uint8Array(4096);
  private words = new Uint32Array(this.records.buffer);
  private used = 0;
  private readonly starts: number[] = [];
  private readonly keys: number[] = [];

  constructor(
    private readonly seed: number,
    private readonly seed2: number,
  ) {}

  /** The record of `size` bytes at `at` of `memory`. */
  add(memory: Uint8Array, at: number, size: number): void {
    if (this.used + size > this.records.length) {
      const larger = new Uint8Array((this.used + size) * 2);
      larger.set(this.records);
      this.records = larger;
      this.words = new Uint32Array(larger.buffer, 0, larger.length >> 2);
    }
    this.records.set(memory.subarray(at, at + size), this.used);
    this.keys.push(this.key(this.used + HEADER, this.words[(this.used + D.namelen) >> 2]));
    this.starts.push(this.used);
    this.used += size;
  }

  finish(): Listing {
    const { starts, keys } = this;
    const order = Uint32Array.from(keys, (_, i) => i);
    order.sort((a, b) => keys[a] - keys[b] || this.compare(starts[a], starts[b]));
    const sortedStarts = new Uint32Array(order.length);
    const offsets = new Float64Array(order.length);
    let count = 0;
    for (let i = 0, rank = 0; i < order.length; i++) {
      const at = order[i];
      const same = i > 0 && keys[order[i - 1]] === keys[at];
      // A name that the host has told twice, since it was renamed while it was read.
      if (same && this.compare(starts[order[i - 1]], starts[at]) === 0) continue;
      rank = same ? Math.min(rank + 1, RANKS - 1) : 0;
      sortedStarts[count] = starts[at];
      offsets[count++] = keys[at] < RANKS ? keys[at] : keys[at] + rank;
    }
    return new Listing(this.records.slice(0, this.used), sortedStarts.slice(0, count), offsets.slice(0, count));
  }

  private compare(a: number, b: number): number {
    return Buffer.compare(this.name(a), this.name(b));
  }

  private name(start: number): Uint8Array {
    return this.records.subarray(start + HEADER, start + HEADER + this.words[(start + D.namelen) >> 2]);
  }

  /** 48 bits of hash, with room for the rank: exact as a Number, and as an offset positive in every guest. */
  private key(at: number, length: number): number {
    const { records } = this;
    if (records[at] === 0x2e) {
      if (length === 1) return DOT;
      if (length === 2 && records[at + 1] === 0x2e) return DOT_DOT;
    }
    let a = this.seed ^ length;
    let b = this.seed2;
    for (let i = at; i < at + length; i++) {
      a = Math.imul(a ^ records[i], 0x2c1b3c6d);
      a ^= a >>> 15;
      b = Math.imul(b + records[i], 0x297a2d39);
      b ^= (b >>> 13) ^ a;
    }
    a = Math.imul(a ^ (b >>> 16), 0x2545f491) >>> 0;
    b = Math.imul(b ^ (a >>> 11), 0x5bd1e995) >>> 16;
    return (b * 0x1_0000_0000 + a + 1) * RANKS;
  }
}

export class Listings {
  /** by node; the one used last comes last */
  private readonly kept = new Map<number, Listing>();
  private bytes = 0;
  private readonly seeds = randomBytes(8);

  constructor(private readonly c: Context) {}

  /** The directory's listing for somebody who reads from `offset` on: a fresh one at the beginning. -errno. */
  of(node: number, offset: number): Listing | number {
    const known = this.kept.get(node);
    this.forget(node);
    const listing = offset > 0 && known !== undefined ? known : this.read(node);
    if (typeof listing === 'number') return listing;
    this.kept.set(node, listing);
    this.bytes += listing.byteLength;
    for (const other of this.kept.keys()) {
      if (this.bytes <= KEPT || other === node) break;
      this.forget(other);
    }
    return listing;
  }

  /** The node's listing is not needed any more. */
  forget(node: number): void {
    const listing = this.kept.get(node);
    if (listing === undefined) return;
    this.bytes -= listing.byteLength;
    this.kept.delete(node);
  }

  private read(node: number): Listing | number {
    const { os, arena } = this.c;
    const base = this.c.directory(node);
    const fd = base < 0 ? base : this.c.withRetry(() => os.reopen(base, O_RDONLY | O_DIRECTORY));
    if (fd < 0) return fd;
    const builder = new ListingBuilder(this.seeds.readInt32LE(0), this.seeds.readInt32LE(4));
    const { words, memory } = arena;
    words[SMALL >> 2] = 0;
    words[(SMALL >> 2) + 1] = 0;
    for (;;) {
      const bytes = os.readDirectory(fd, SMALL, BLOCK, BLOCK_SIZE);
      if (bytes <= 0) {
        os.close(fd);
        // A directory that was removed has nothing in it any more.
        return bytes === 0 || bytes === -Errno.ENOENT ? builder.finish() : bytes;
      }
      for (let at = BLOCK; at < BLOCK + bytes; ) {
        const size = direntSize(words[(at + D.namelen) >> 2]);
        words[SMALL >> 2] = words[(at + D.off) >> 2];
        words[(SMALL >> 2) + 1] = words[(at + D.off + 4) >> 2];
        builder.add(memory, at, size);
        at += size;
      }
    }
  }
}
