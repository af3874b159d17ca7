/**
 * Announcements on their way: kept in order, sent as the window of unacknowledged ones allows, written to the lane between replies.
 * The agent carries them out one after the other, so the first that is not acknowledged is the one that causes injected
 * requests now.
 */
import {
  ANNOUNCEMENTS,
  Announce,
  announce_barrier,
  announce_inject,
  InjectFlag,
  STAGE,
} from '../../protocol/announce.js';
import { Notify } from '../../protocol/fuse/opcodes.js';
import { fuse_out_header } from '../../protocol/fuse/structs.js';
import { fuse_notify_inval_entry_out, fuse_notify_inval_inode_out } from '../../protocol/fuse/structs-notify.js';
import { nanosecondsOf, S, secondsOf } from '../snapshot/stat.js';
import type { NodeTable } from '../state/nodes.js';
import { type Announcement, type Barrier, type Inject, STAGE_SLOT } from './announcement.js';

const HEADER = fuse_out_header.size;
const FUSE_EXPIRE_ONLY = 1;
/** Under way at once: enough to keep the agent busy, little enough that what is known meanwhile can still change plans. */
const WINDOW = ANNOUNCEMENTS / 4;
/** After so many notifications in a row an acknowledgement is asked for. */
const UNASKED = 32;

interface Sent {
  readonly seq: number;
  readonly announcement: Announcement;
}

export interface Figures {
  announced: number;
  injected: number;
  failed: number;
}

export class Outbox {
  private readonly waiting: Announcement[] = [];
  /** generations of the nodes of `waiting`, as they were when it was pushed: a slot may be another node's by the time it is sent */
  private readonly generations: number[] = [];
  private head = 0;
  private readonly sent: Sent[] = [];
  private sequence = 0;
  private unasked = 0;
  /** names of directory nodes of which injected calls are waiting or under way, and of how many */
  private readonly names = new Map<string, number>();
  readonly figures: Figures = { announced: 0, injected: 0, failed: 0 };
  /** the nodeid of the staging directory, for notifications, and its name in the root */
  private stage = 0n;
  stageName = '';

  constructor(
    private readonly memory: Uint8Array,
    private readonly view: DataView,
    private readonly nodes: NodeTable,
    /** the way of an announced name from the root, latin1 */
    private readonly pathOf: (slot: number, name: string) => string,
    private readonly failed: (inject: Inject, errno: number) => void,
  ) {}

  staged(slot: number): void {
    this.stage = this.nodeid(slot);
  }

  push(announcement: Announcement): void {
    this.waiting.push(announcement);
    this.generations.push(this.generationsOf(announcement));
    if (announcement.what === 'inject') this.count(announcement, 1);
  }

  /** Whether an injected call about this name of a directory node has not been made yet. */
  concerns(directory: number, name: () => string): boolean {
    return this.names.size > 0 && this.names.has(`${directory}/${name()}`);
  }

  private count({ parent, name, parent2, name2 = '' }: Inject, calls: 1 | -1): void {
    const one = (key: string) => {
      const all = (this.names.get(key) ?? 0) + calls;
      if (all > 0) this.names.set(key, all);
      else this.names.delete(key);
    };
    one(`${parent}/${name}`);
    if (parent2 !== undefined) one(`${parent2}/${name2}`);
  }

  /** Not acknowledged yet, and not sent yet. */
  get pending(): number {
    return this.sent.length + this.waiting.length - this.head;
  }

  get canSend(): boolean {
    return this.head < this.waiting.length && this.sent.length < WINDOW;
  }

  /** The injected call that is being made. */
  get current(): Inject | undefined {
    return this.underWay().next().value;
  }

  /** The injected calls that have not been made yet, the current one first. */
  *ahead(): Generator<Inject> {
    yield* this.underWay();
    for (let i = this.head; i < this.waiting.length; i++) {
      const announcement = this.waiting[i];
      if (announcement.what === 'inject') yield announcement;
    }
  }

  private *underWay(): Generator<Inject, undefined> {
    for (const { announcement } of this.sent) if (announcement.what === 'inject') yield announcement;
    return undefined;
  }

  /** Writes what may be sent to `at`, at most `room` bytes. Result: bytes. */
  write(at: number, room: number): number {
    let used = 0;
    while (this.canSend) {
      const announcement = this.waiting[this.head];
      if (this.generations[this.head] !== this.generationsOf(announcement)) {
        // The guest has forgotten it meanwhile, and with it all that could be wrong.
        this.head++;
        if (announcement.what === 'inject') this.count(announcement, -1);
        continue;
      }
      const size = this.sizeOf(announcement);
      if (used + size > room) break;
      this.head++;
      used += this.put(announcement, at + used);
    }
    if (this.head === this.waiting.length && this.head > 0) {
      this.waiting.length = 0;
      this.generations.length = 0;
      this.head = 0;
      const size = HEADER + announce_barrier.size;
      if (this.unasked > 0 && used + size <= room) used += this.put({ what: 'barrier' }, at + used);
    } else if (this.head > 4096) {
      this.waiting.splice(0, this.head);
      this.generations.splice(0, this.head);
      this.head = 0;
    }
    return used;
  }

  /** The agent has carried out everything up to this one. False: it has not been sent. */
  acknowledged(seq: number, errno: number): boolean {
    if (this.sent.length === 0 || seq < this.sent[0].seq || seq > this.sequence) return false;
    while (this.sent.length > 0 && this.sent[0].seq <= seq) {
      const { seq: own, announcement } = this.sent.shift()!;
      if (announcement.what === 'barrier') announcement.done?.();
      if (announcement.what !== 'inject') continue;
      this.count(announcement, -1);
      this.figures.injected++;
      if (own === seq && errno !== 0) {
        this.figures.failed++;
        this.failed(announcement, -errno);
      }
    }
    return true;
  }

  /** Generations only grow: the sum changes when one does. */
  private generationsOf(announcement: Announcement): number {
    const of = (slot: number | undefined) =>
      slot === undefined || slot === STAGE_SLOT ? 0 : this.nodes.generation[slot];
    switch (announcement.what) {
      case 'inode':
        return of(announcement.node);
      case 'entry':
        return of(announcement.parent);
      case 'barrier':
        return 0;
      case 'inject':
        return of(announcement.parent) + of(announcement.parent2);
    }
  }

  private sizeOf(announcement: Announcement): number {
    switch (announcement.what) {
      case 'inode':
        return HEADER + fuse_notify_inval_inode_out.size;
      case 'entry':
        return (
          HEADER + fuse_notify_inval_entry_out.size + announcement.name.length + 1 + HEADER + announce_barrier.size
        );
      case 'barrier':
        return HEADER + announce_barrier.size;
      case 'inject': {
        const { name, name2 = '' } = announcement;
        return HEADER + announce_inject.size + name.length + name2.length + 2 + 2 * 4096;
      }
    }
  }

  private put(announcement: Announcement, at: number): number {
    const seq = ++this.sequence;
    this.sent.push({ seq, announcement });
    this.figures.announced++;
    const notification = announcement.what === 'inode' || announcement.what === 'entry';
    this.unasked = notification ? this.unasked + 1 : 0;
    const length = this.body(announcement, seq, at);
    if (this.unasked < UNASKED) return length;
    return length + this.put({ what: 'barrier' } satisfies Barrier, at + length);
  }

  private body(announcement: Announcement, seq: number, at: number): number {
    const { view } = this;
    const body = at + HEADER;
    switch (announcement.what) {
      case 'inode': {
        const F = fuse_notify_inval_inode_out;
        view.setBigUint64(body + F.at.ino, this.nodeid(announcement.node), true);
        view.setBigInt64(body + F.at.off, 0n, true);
        view.setBigInt64(body + F.at.len, 0n, true);
        return this.header(at, Notify.INVAL_INODE, F.size);
      }
      case 'entry': {
        const F = fuse_notify_inval_entry_out;
        const parent = announcement.parent === STAGE_SLOT ? this.stage : this.nodeid(announcement.parent);
        view.setBigUint64(body + F.at.parent, parent, true);
        view.setUint32(body + F.at.namelen, announcement.name.length, true);
        view.setUint32(body + F.at.flags, announcement.expire ? FUSE_EXPIRE_ONLY : 0, true);
        return this.header(at, Notify.INVAL_ENTRY, F.size + this.text(body + F.size, announcement.name));
      }
      case 'barrier':
        view.setBigUint64(body + announce_barrier.at.seq, BigInt(seq), true);
        return this.header(at, Announce.BARRIER, announce_barrier.size);
      case 'inject':
        return this.inject(announcement, seq, at);
    }
  }

  private inject(inject: Inject, seq: number, at: number): number {
    const { view } = this;
    const F = announce_inject.at;
    const body = at + HEADER;
    const { name, name2 = '', times } = inject;
    const path = this.path(inject.parent, name);
    const path2 = inject.parent2 !== undefined ? this.path(inject.parent2, name2) : '';
    this.memory.fill(0, body, body + announce_inject.size);
    view.setBigUint64(body + F.seq, BigInt(seq), true);
    view.setUint32(body + F.kind, inject.kind, true);
    view.setUint32(body + F.flags, inject.flags | InjectFlag.WALK, true);
    view.setBigUint64(body + F.parent, this.directoryId(inject.parent), true);
    view.setBigUint64(body + F.parent2, inject.parent2 === undefined ? 0n : this.directoryId(inject.parent2), true);
    if (times !== undefined) {
      view.setBigInt64(body + F.atime, secondsOf(times, S.mtimeLo), true);
      view.setUint32(body + F.atimensec, nanosecondsOf(times[S.mtimeHi]), true);
      view.setBigInt64(body + F.mtime, secondsOf(times, S.mtimeLo), true);
      view.setUint32(body + F.mtimensec, nanosecondsOf(times[S.mtimeHi]), true);
    }
    view.setUint32(body + F.mode, inject.mode ?? 0, true);
    view.setUint32(body + F.namelen, name.length, true);
    view.setUint32(body + F.name2len, name2.length, true);
    view.setUint32(body + F.pathlen, path.length, true);
    view.setUint32(body + F.path2len, path2.length, true);
    let end = body + announce_inject.size;
    end += this.text(end, name);
    end += this.text(end, name2);
    end += this.text(end, path);
    end += this.text(end, path2);
    return this.header(at, Announce.INJECT, end - body);
  }

  private path(slot: number, name: string): string {
    return slot === STAGE_SLOT ? `${this.stageName}/${name}` : this.pathOf(slot, name);
  }

  private directoryId(slot: number): bigint {
    return slot === STAGE_SLOT ? STAGE : this.nodeid(slot);
  }

  private nodeid(slot: number): bigint {
    return (BigInt(this.nodes.generation[slot]) << 32n) | BigInt(slot + 1);
  }

  private text(at: number, text: string): number {
    for (let i = 0; i < text.length; i++) this.memory[at + i] = text.charCodeAt(i);
    this.memory[at + text.length] = 0;
    return text.length + 1;
  }

  private header(at: number, code: number, length: number): number {
    const { view } = this;
    view.setUint32(at + fuse_out_header.at.len, HEADER + length, true);
    view.setInt32(at + fuse_out_header.at.error, code, true);
    view.setBigUint64(at + fuse_out_header.at.unique, 0n, true);
    return HEADER + length;
  }
}
