/**
 * Write-behind of a `delegated` mount: small WRITEs are acknowledged here, adjacent ones of a file become one, and the host gets them
 * when somebody could tell the difference.
 *
 * What is kept is sent: before any request whose answer may depend on it ({@link NEEDS}), and that request waits until the host
 * has written it; when its file is read or written in another way, on the same lane, so in that order; when it is full,
 * when room is needed for another file, and a moment after it began ({@link LIMIT}).
 *
 * The kernel never holds anything dirty that the host does not have, beyond what shared mappings always may: names, attributes and
 * content are as coherent as in `cached`. Like forward.ts it works on the worker's memory and allocates nothing per request.
 */
import { OWN_REQUEST, WRITE_THROUGH } from '../protocol/behind.js';
import { Errno } from '../protocol/errno.js';
import { FUSE_WRITE_CACHE } from '../protocol/fuse/flags.js';
import { Opcode } from '../protocol/fuse/opcodes.js';
import {
  fuse_flush_in,
  fuse_fsync_in,
  fuse_in_header,
  fuse_out_header,
  fuse_release_in,
  fuse_write_in,
  fuse_write_out,
} from '../protocol/fuse/structs.js';
import { O_DIRECT, O_DIRECTORY, O_DSYNC, O_SYNC } from '../protocol/linux.js';
import { Counter } from './counters.js';
import { FailedWrites, type Wide } from './failed-writes.js';

/** Files of which something is kept at a time. */
export const FILES = 8;
/** Larger WRITEs are not worth a copy: their trip is short beside their bytes. */
export const SMALL = 64 * 1024;
/** Bytes beyond 1 TiB go at once: they may be more than the host's file system takes, and the writing program is to hear it. */
export const FAR = 2 ** 40;
/**
 * How long something may be kept, ms. A log is to be followed on the host as it is written, and syncfs(2) is told to no server behind
 * /dev/fuse (fs/fuse/inode.c, fuse_sync_fs): this is what it waits for at least. A longer time would gather no more: a
 * program that writes without a pause fills what there is sooner.
 */
export const LIMIT = 20;
/** WRITEs under way that nobody waits for yet. Beyond, the writing program is slowed down to the host's pace. */
export const UNDER_WAY = 4;

/**
 * Opened so, a program wants its bytes to be where they belong when write(2) returns. O_DIRECTORY is what O_DIRECT is called on
 * arm64, and no file is a directory.
 */
const THROUGH = O_SYNC | O_DSYNC | O_DIRECT | O_DIRECTORY;

/** Results of {@link WriteBehind.take} that are no errors. */
export const FORWARD = 0;
export const ANSWERED = 1;

export interface BehindPort {
  /** Sends a message on the data lane: 0, or negative. */
  send(offset: number, length: number): number;
  /** Sends one on the metadata lane whose answer nobody wants. */
  sendAside(offset: number, length: number): number;
  /** Gives a reply to the kernel: 0 or -errno. */
  reply(offset: number, length: number): number;
  /** Waits until so many of our WRITEs (modulo 2^32) have been answered: 0, or why there will be no answer. */
  settle(count: number): number;
  /** The next of them that failed and was not told yet: lower half of its unique, and a positive errno. */
  failure(): { readonly sequence: number; readonly errno: number } | undefined;
}

const IN = fuse_in_header.at;
const OUT = fuse_out_header.at;
const W = fuse_write_in.at;
const HEADER = fuse_in_header.size;
/** Where a WRITE's bytes begin. */
export const PAYLOAD = HEADER + fuse_write_in.size;
const REPLY = fuse_out_header.size + fuse_write_out.size;

/** What has to be on the host before a request is forwarded. */
const Needs = { NOTHING: 0, FILE: 1, ALL: 2 } as const;
/** By opcode. What is not named here may depend on any file: a LOOKUP tells the size of what it finds. */
const NEEDS = new Map<number, number>([
  ...[Opcode.FORGET, Opcode.BATCH_FORGET, Opcode.INTERRUPT, Opcode.ACCESS, Opcode.READLINK].map(nothing),
  ...[Opcode.OPENDIR, Opcode.READDIR, Opcode.RELEASEDIR, Opcode.GETXATTR, Opcode.LISTXATTR].map(nothing),
  ...[Opcode.GETATTR, Opcode.STATX, Opcode.SETATTR, Opcode.OPEN, Opcode.FLUSH, Opcode.FSYNC, Opcode.RELEASE].map(file),
  ...[Opcode.FALLOCATE, Opcode.LSEEK, Opcode.GETLK, Opcode.SETLK, Opcode.SETLKW].map(file),
  ...[Opcode.SETXATTR, Opcode.REMOVEXATTR].map(file),
]);

function nothing(opcode: number): [number, number] {
  return [opcode, Needs.NOTHING];
}

function file(opcode: number): [number, number] {
  return [opcode, Needs.FILE];
}

function placeOf(most: number): number {
  return Math.ceil((PAYLOAD + most) / 4096) * 4096;
}

/** Bytes of arena for WRITEs of up to `most` bytes. They are touched when something is kept there. */
export function roomFor(most: number): number {
  return FILES * placeOf(most);
}

/** What is kept of one file: a WRITE in the making, `at` in the arena. */
interface Kept {
  readonly at: number;
  /** bytes of payload; 0: not in use */
  length: number;
  /** first byte in the file */
  offset: number;
  since: number;
}

export class WriteBehind {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #kept: readonly Kept[];
  readonly #failed = new FailedWrites();
  /** WRITEs of ours that were sent, and those of them that were answered, modulo 2^32 */
  #sent = 0;
  #settled = 0;
  /** files in use */
  #dirty = 0;
  /** node and handle of the last {@link UNDER_WAY} WRITEs, by their number */
  readonly #of: { node: Wide; handle: Wide }[] = [];

  /**
   * @param request where requests are read to, offset in the arena
   * @param room offset of {@link roomFor} bytes
   * @param most bytes of the largest WRITE
   */
  constructor(
    arena: ArrayBuffer,
    private readonly request: number,
    room: number,
    private readonly most: number,
    private readonly port: BehindPort,
    private readonly count: Float64Array,
  ) {
    this.#view = new DataView(arena);
    this.#bytes = new Uint8Array(arena);
    const place = (_: unknown, i: number) => ({ at: room + i * placeOf(most), length: 0, offset: 0, since: 0 });
    this.#kept = Array.from({ length: FILES }, place);
  }

  /** Whether something is kept: {@link overdue} has to be called within {@link LIMIT} ms. */
  get dirty(): boolean {
    return this.#dirty > 0;
  }

  /**
   * Looks at the request of `length` bytes: {@link ANSWERED}, or {@link FORWARD} with the request unchanged and everything that it
   * depends on written, or why the mount must end. @param now ms
   */
  take(length: number, now: number): number {
    if (length < HEADER || this.#u32(IN.len) !== length) return FORWARD;
    const opcode = this.#u32(IN.opcode);
    if (opcode === Opcode.WRITE) return this.#write(length, now);
    if (this.#dirty === 0 && this.#sent === this.#settled && this.#failed.none) return FORWARD;
    const needs = NEEDS.get(opcode) ?? Needs.ALL;
    if (needs === Needs.NOTHING) return FORWARD;
    // On the same lane as what is kept: the order is enough.
    if (opcode === Opcode.READ) return this.#sendOf(this.request);
    const failed = needs === Needs.FILE ? this.#settleFile() : this.#settleAll();
    if (failed < 0 || this.#failed.none) return failed;
    return this.#tell(opcode, length);
  }

  /** Sends what has been kept for too long. 0, or why the mount must end. */
  overdue(now: number): number {
    for (const kept of this.#dirty > 0 ? this.#kept : []) {
      if (kept.length === 0 || now - kept.since < LIMIT) continue;
      const failed = this.#send(kept);
      if (failed < 0) return failed;
    }
    return 0;
  }

  /** Writes everything. 0, a positive errno of which nobody has been told yet, or why the mount must end. */
  drain(): number {
    const failed = this.#settleAll();
    return failed < 0 ? failed : this.#failed.drained();
  }

  #u32(at: number): number {
    return this.#view.getUint32(this.request + at, true);
  }

  // -- a WRITE of the kernel -------------------------------------------------------------------------------------------

  #write(length: number, now: number): number {
    const size = this.#u32(HEADER + W.size);
    if (length !== PAYLOAD + size) return FORWARD;
    const kept = this.#find(this.request);
    if (!this.#mayKeep(size)) return kept === undefined ? FORWARD : this.#send(kept);
    let place = kept;
    if (place !== undefined && !this.#continues(place, size)) {
      const failed = this.#send(place);
      if (failed < 0) return failed;
      place = undefined;
    }
    if (place === undefined) {
      const free = this.#place();
      if (typeof free === 'number') return free;
      this.#begin(free, now);
      place = free;
    }
    this.#add(place, size);
    return this.#acknowledge(size);
  }

  #mayKeep(size: number): boolean {
    if (size === 0 || size > SMALL || (this.#u32(HEADER + W.write_flags) & FUSE_WRITE_CACHE) !== 0) return false;
    if ((this.#u32(HEADER + W.fh + 4) & WRITE_THROUGH) !== 0) return false;
    if ((this.#u32(HEADER + W.flags) & THROUGH) !== 0 || this.#offset() >= FAR) return false;
    return this.#failed.none || !this.#failed.concerns(this.#wide(this.request + IN.nodeid));
  }

  /** Whether the request can be part of what is kept: same handle and flags, touching it, and it fits. */
  #continues(kept: Kept, size: number): boolean {
    const same = (at: number) => this.#u32(at) === this.#view.getUint32(kept.at + at, true);
    if (!same(HEADER + W.fh) || !same(HEADER + W.fh + 4) || !same(HEADER + W.flags)) return false;
    const from = this.#offset() - kept.offset;
    return from >= 0 && from <= kept.length && from + size <= this.most;
  }

  #offset(): number {
    return this.#u32(HEADER + W.offset) + this.#u32(HEADER + W.offset + 4) * 0x1_0000_0000;
  }

  #begin(kept: Kept, now: number): void {
    this.#bytes.copyWithin(kept.at, this.request, this.request + PAYLOAD);
    kept.offset = this.#offset();
    kept.length = 0;
    kept.since = now;
    this.#dirty++;
  }

  #add(kept: Kept, size: number): void {
    const from = this.#offset() - kept.offset;
    const payload = this.request + PAYLOAD;
    this.#bytes.copyWithin(kept.at + PAYLOAD + from, payload, payload + size);
    kept.length = Math.max(kept.length, from + size);
    // FUSE_WRITE_KILL_SUIDGID of any of them is that of all.
    const flags = kept.at + HEADER + W.write_flags;
    this.#view.setUint32(flags, this.#view.getUint32(flags, true) | this.#u32(HEADER + W.write_flags), true);
  }

  /** The unique is at the same place in both headers: the answer is made of the request. */
  #acknowledge(size: number): number {
    this.#view.setUint32(this.request + OUT.len, REPLY, true);
    this.#view.setInt32(this.request + OUT.error, 0, true);
    this.#view.setUint32(this.request + fuse_out_header.size, size, true);
    this.#view.setUint32(this.request + fuse_out_header.size + 4, 0, true);
    return this.#answer(REPLY);
  }

  #answer(length: number): number {
    const result = this.port.reply(this.request, length);
    this.count[Counter.REQUESTS]++;
    if (result === -Errno.ENOENT) this.count[Counter.LATE]++;
    else if (result < 0) return result;
    else this.count[Counter.ANSWERED]++;
    return ANSWERED;
  }

  // -- what is kept ----------------------------------------------------------------------------------------------------

  /** What is kept of the file of the message at `at`. */
  #find(at: number): Kept | undefined {
    if (this.#dirty === 0) return undefined;
    const low = this.#view.getUint32(at + IN.nodeid, true);
    const high = this.#view.getUint32(at + IN.nodeid + 4, true);
    for (const kept of this.#kept) {
      if (kept.length === 0 || this.#view.getUint32(kept.at + IN.nodeid, true) !== low) continue;
      if (this.#view.getUint32(kept.at + IN.nodeid + 4, true) === high) return kept;
    }
    return undefined;
  }

  /** A place that is not in use; the one longest in use is sent for it if need be. */
  #place(): Kept | number {
    let oldest = this.#kept[0]!;
    for (const kept of this.#kept) {
      if (kept.length === 0) return kept;
      if (kept.since < oldest.since) oldest = kept;
    }
    const failed = this.#send(oldest);
    return failed < 0 ? failed : oldest;
  }

  #sendOf(at: number): number {
    const kept = this.#find(at);
    return kept === undefined ? FORWARD : this.#send(kept);
  }

  #send(kept: Kept): number {
    const failed = this.#settleTo(UNDER_WAY - 1);
    if (failed < 0) return failed;
    const { at, length } = kept;
    this.#view.setUint32(at + IN.len, PAYLOAD + length, true);
    this.#view.setUint32(at + IN.unique, this.#sent, true);
    this.#view.setUint32(at + IN.unique + 4, OWN_REQUEST, true);
    this.#view.setUint32(at + HEADER + W.size, length, true);
    this.#of[this.#sent % UNDER_WAY] = { node: this.#wide(at + IN.nodeid), handle: this.#wide(at + HEADER + W.fh) };
    this.#sent = (this.#sent + 1) >>> 0;
    kept.length = 0;
    this.#dirty--;
    this.count[Counter.BYTES_OUT] += PAYLOAD + length;
    // WOKEN: it is on its way all the same, and the waker is looked at again.
    const result = this.port.send(at, PAYLOAD + length);
    return result < 0 && result > WORST_ERRNO ? result : 0;
  }

  #wide(at: number): Wide {
    return { low: this.#view.getUint32(at, true), high: this.#view.getUint32(at + 4, true) };
  }

  // -- waiting for the host --------------------------------------------------------------------------------------------

  #settleFile(): number {
    const failed = this.#sendOf(this.request);
    if (failed < 0) return failed;
    const low = this.#u32(IN.nodeid);
    const high = this.#u32(IN.nodeid + 4);
    for (let number = this.#settled; number !== this.#sent; number = (number + 1) >>> 0) {
      const { node } = this.#of[number % UNDER_WAY]!;
      if (node.low === low && node.high === high) return this.#settleTo(0);
    }
    return 0;
  }

  #settleAll(): number {
    for (const kept of this.#dirty > 0 ? this.#kept : []) {
      const failed = kept.length > 0 ? this.#send(kept) : 0;
      if (failed < 0) return failed;
    }
    return this.#settleTo(0);
  }

  /** Waits until at most `most` of ours are under way. */
  #settleTo(most: number): number {
    const under = (this.#sent - this.#settled) >>> 0;
    if (under <= most) return 0;
    const count = (this.#sent - most) >>> 0;
    const failed = this.port.settle(count);
    if (failed < 0) return failed;
    // Before the places of those that are answered are used again.
    for (let failure = this.port.failure(); failure !== undefined; failure = this.port.failure()) {
      const of = this.#of[failure.sequence % UNDER_WAY];
      if (of !== undefined) this.#failed.add(of.node, of.handle, failure.errno);
    }
    this.#settled = count;
    return 0;
  }

  // -- who has to be told ----------------------------------------------------------------------------------------------

  #tell(opcode: number, length: number): number {
    const node = this.#wide(this.request + IN.nodeid);
    const handle = (at: number) => this.#wide(this.request + HEADER + at);
    let errno = 0;
    if (opcode === Opcode.FSYNC && length === HEADER + fuse_fsync_in.size) {
      errno = this.#failed.synced(node);
    } else if (opcode === Opcode.FLUSH && length === HEADER + fuse_flush_in.size) {
      errno = this.#failed.flushed(node, handle(fuse_flush_in.at.fh));
      const failed = errno > 0 ? this.#flushAside(length) : 0;
      if (failed < 0) return failed;
    } else if (opcode === Opcode.RELEASE && length === HEADER + fuse_release_in.size) {
      this.#failed.released(node, handle(fuse_release_in.at.fh));
    } else if (opcode === Opcode.SYNCFS) errno = this.#failed.drained();
    if (errno === 0) return FORWARD;
    this.#view.setUint32(this.request + OUT.len, fuse_out_header.size, true);
    this.#view.setInt32(this.request + OUT.error, -errno, true);
    return this.#answer(fuse_out_header.size);
  }

  /** The host has its part of every close, the end of locks; what it says is not what the kernel is told. */
  #flushAside(length: number): number {
    const at = this.request + IN.unique;
    const [low, high] = [this.#view.getUint32(at, true), this.#view.getUint32(at + 4, true)];
    this.#view.setUint32(at + 4, OWN_REQUEST, true);
    const failed = this.port.sendAside(this.request, length);
    this.#view.setUint32(at, low, true);
    this.#view.setUint32(at + 4, high, true);
    return failed < 0 && failed > WORST_ERRNO ? failed : 0;
  }
}

/** Below are the special results of os.ts. */
const WORST_ERRNO = -4096;
