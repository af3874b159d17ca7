/**
 * What keeps a guest's view of a share alive: the watch on what it knows, the memory of what it was told, and the way of a host
 * change to it. One per mount, used by its metadata lane only, between requests and by their handlers.
 *
 *     feed ── drain ──▶ replay ──▶ changes ──▶ plan ──▶ outbox ──▶ agent
 *                         │  ▲                            ▲          │
 *       own, writes ──────┘  └── compare (reset)          └── acknowledged, injected requests (answers)
 */
import { SELF } from '../../native/os.js';
import { announced_in, InjectKind } from '../../protocol/announce.js';
import type { Context } from '../context.js';
import type { Request } from '../request.js';
import type { DirectorySnapshot } from '../snapshot/directory.js';
import { Snapshots } from '../snapshot/snapshots.js';
import { S } from '../snapshot/stat.js';
import { ROOT } from '../state/nodes.js';
import type { Feed } from '../watch/feed.js';
import type { Announcement, Inject } from './announcement.js';
import { Answers } from './answers.js';
import { Authors } from './authors.js';
import { cellOf, type Marks, type Others } from './clients.js';
import { Directories } from './directories.js';
import { Judge } from './judge.js';
import { LinkedFiles } from './linked-files.js';
import { Observer } from './observer.js';
import { Outbox } from './outbox.js';
import { Overlap } from './overlap.js';
import { Own, Touch } from './own.js';
import { Plan } from './plan.js';
import { takeBack } from './sight.js';
import { Unsettled } from './unsettled.js';
import { wayTo } from './way.js';
import { Writes } from './writes.js';

/** So much is under way that nothing more is taken from the feed, which keeps it. */
const ENOUGH = 4096;
/** What the guest did is forgotten by a drain; there is one at the latest after so many names. */
const MANY_OWN = 4096;

export interface LiveOptions {
  readonly c: Context;
  readonly feed: Feed;
  readonly writes: SharedArrayBuffer;
  /** what this one changes, for the other mounts of the daemon, and what they change */
  readonly marks: Marks;
  readonly others: Others;
  readonly log: (text: string) => void;
}

export class Live {
  readonly snapshots = new Snapshots();
  readonly own: Own;
  readonly directories: Directories;
  readonly outbox: Outbox;
  readonly answers: Answers;
  readonly overlap: Overlap;
  private readonly c: Context;
  private readonly feed: Feed;
  private readonly log: (text: string) => void;
  private readonly observer: Observer;
  private readonly writes: Writes;
  private readonly unsettled: Unsettled;
  private readonly plan: Plan;
  private readonly judge: Judge;
  readonly linked: LinkedFiles;
  /** names that the guest was told anew before their event came */
  private readonly ahead = new Set<string>();
  private started = false;
  /** in a row */
  private failures = 0;
  /** nothing is told any more, and nothing may be cached from now on */
  failed: string | undefined;

  constructor({ c, feed, writes, marks, others, log }: LiveOptions) {
    this.own = new Own((slot, operations) => {
      for (let i = 0; i < operations; i++) marks.end(cellOf(c.nodes.inoLo[slot], c.nodes.inoHi[slot]));
    });
    this.c = c;
    this.feed = feed;
    this.log = log;
    this.observer = new Observer(c);
    const unwatched = (reason: string) => log(`a directory cannot be watched, and nothing of it is cached: ${reason}`);
    this.directories = new Directories(feed, this.snapshots, this.observer, unwatched);
    this.writes = new Writes(c, this.snapshots, this.observer, writes);
    this.unsettled = new Unsettled(c, this.own, this.observer, this.snapshots);
    this.plan = new Plan(c, this.directories, this.observer, {
      take: (slot, name) => this.ahead.delete(`${slot}/${name}`),
    });
    this.outbox = new Outbox(
      c.arena.memory,
      c.arena.view,
      c.nodes,
      (slot, name) => wayTo(c.nodes, slot, name),
      (inject, errno) => this.refused(inject, errno),
    );
    const { observer, directories, outbox } = this;
    const push = (announcement: Announcement) => outbox.push(announcement);
    this.overlap = new Overlap(c, { push, takeBack: (slot) => this.takeBack(slot), tellable: () => this.started });
    const current = () => outbox.current;
    const calls = () => outbox.ahead();
    this.answers = new Answers(c, observer, directories, current, calls, (slot) => outbox.staged(slot));
    const { snapshots, own, writes: records, unsettled, ahead } = this;
    const parts = { c, feed, snapshots, directories, observer, own, writes: records, unsettled, others, ahead, log };
    this.linked = new LinkedFiles({ ...parts, announce: push });
    const authors = new Authors(c, directories, observer, others);
    this.judge = new Judge({ ...parts, linked: this.linked, authors, failed: (reason) => this.fail(reason) });
  }

  // -- what the guest learns and does ------------------------------------------------------------------------------

  /** Whether what the guest is told of the names of this directory may be kept: changes will be told, and no stricter mount rules. */
  keeps(directory: number): boolean {
    return (
      this.failed === undefined &&
      this.directories.isAttributed(directory) &&
      this.directories.has(directory) &&
      !this.c.isRuled(directory)
    );
  }

  /** Called by `enter`: the guest is about to learn that this name of the directory leads to what `inspect` saw. */
  learned(parent: number, nameOff: number, length: number, slot: number): void {
    const directory = this.directories.get(parent);
    if (directory !== undefined) {
      const { memory } = this.c.arena;
      const row = this.observer.seen();
      if (this.directories.absent.knows(parent)) this.directories.absent.delete(parent, this.text(nameOff, length));
      const entry = directory.find(memory, nameOff, length);
      if (entry < 0) {
        if (!directory.complete) this.bind(directory, nameOff, length, row);
        else this.isAhead(parent, nameOff, length);
      } else if (!this.snapshots.inodes.is(this.snapshots.entries.inode[entry], row, 0))
        this.isAhead(parent, nameOff, length);
    }
    if (this.c.isDirectory(slot)) this.directories.learned(slot);
  }

  /** The guest is about to learn that there is no such name. Result: whether it may keep that. */
  missed(parent: number, nameOff: number, length: number): boolean {
    if (!this.keeps(parent)) return false;
    const directory = this.directories.get(parent)!;
    if (directory.find(this.c.arena.memory, nameOff, length) >= 0) this.isAhead(parent, nameOff, length);
    return !this.outbox.concerns(parent, () => this.text(nameOff, length));
  }

  /** Whether something is being told of the node's name: until that is done the guest is to ask for it each time. */
  isUnderWay(slot: number): boolean {
    const { nodes } = this.c;
    return this.outbox.concerns(nodes.parent[slot], () => nodes.nameText(slot));
  }

  /** The guest has made this name, and `inspect` has seen what it leads to. */
  made(parent: number, nameOff: number, length: number, slot: number): void {
    this.own.name(parent, this.text(nameOff, length));
    this.own.touch(slot, Touch.ATTRIBUTES | Touch.CONTENT);
    this.ahead.delete(`${parent}/${this.text(nameOff, length)}`);
    const directory = this.directories.get(parent);
    const { memory } = this.c.arena;
    this.writes.foldNode(slot);
    if (directory !== undefined) {
      this.snapshots.added(directory, memory.subarray(nameOff, nameOff + length), this.observer.seen());
    }
  }

  /** The guest has taken this name away. */
  removed(parent: number, nameOff: number, length: number): void {
    this.own.name(parent, this.text(nameOff, length));
    const directory = this.directories.get(parent);
    if (directory === undefined) return;
    this.snapshots.removed(directory, this.c.arena.memory.subarray(nameOff, nameOff + length));
  }

  /** The guest has renamed; `inspect` has seen what the new name leads to now. */
  renamed(from: number, oldOff: number, oldLength: number, to: number, newOff: number, newLength: number): void {
    this.own.name(from, this.text(oldOff, oldLength));
    this.own.name(to, this.text(newOff, newLength));
    const row = this.observer.seen();
    this.writes.foldNode(this.observer.nodeOf(row));
    const source = this.directories.get(from);
    const target = this.directories.get(to);
    const { memory } = this.c.arena;
    const oldName = memory.subarray(oldOff, oldOff + oldLength);
    const newName = memory.subarray(newOff, newOff + newLength);
    if (source !== undefined && target !== undefined) this.snapshots.renamed(source, oldName, target, newName, row);
    else if (source !== undefined) this.snapshots.removed(source, oldName);
    else if (target !== undefined) this.snapshots.added(target, newName, row);
  }

  /** Both names lead to something, and have changed places. */
  exchanged(a: number, aOff: number, aLength: number, b: number, bOff: number, bLength: number): void {
    const nameA = this.text(aOff, aLength);
    const nameB = this.text(bOff, bLength);
    this.own.name(a, nameA);
    this.own.name(b, nameB);
    const [one, two] = [this.directories.get(a), this.directories.get(b)];
    if (one === undefined || two === undefined) return;
    if (this.observer.look(a, nameA) < 0) return;
    const atA = this.observer.row.slice();
    if (this.observer.look(b, nameB) < 0) return;
    for (const row of [atA, this.observer.row]) this.writes.foldNode(this.observer.nodeOf(row));
    this.snapshots.exchanged(
      one,
      Buffer.from(nameA, 'latin1'),
      two,
      Buffer.from(nameB, 'latin1'),
      atA,
      this.observer.row,
    );
  }

  /** The guest has changed the object that `inspect` has seen since: `fields` of snapshot Field. */
  changed(slot: number, bits: number, fields: number): void {
    this.own.touch(slot, bits);
    this.writes.foldNode(slot);
    this.snapshots.changed(this.observer.seen(), fields);
  }

  /** The guest has touched an object; what it is like now is looked at. */
  touched(slot: number, bits: number, fields: number): void {
    this.own.touch(slot, bits);
    this.writes.foldNode(slot);
    if (this.observer.lookAtNode(slot) !== 0) return;
    this.snapshots.changed(this.observer.row, fields);
  }

  /** One of the object's names is gone; `fd` is a descriptor of it. */
  relinked(slot: number, fd: number): void {
    if (this.c.inspect.look(fd, SELF) < 0) return;
    const row = this.observer.seen();
    const inode = this.snapshots.inodes.find(row, 0);
    this.own.touch(slot, Touch.ATTRIBUTES);
    this.writes.foldNode(slot);
    if (inode < 0) return;
    this.snapshots.inodes.take(inode, row, 0, S.nlink, S.nlink + 1);
    this.snapshots.inodes.take(inode, row, 0, S.ctimeLo, S.ctimeHi + 1);
  }

  /** The guest is about to get a handle of a file. */
  opened(handle: number, slot: number): void {
    this.writes.opened(handle, slot);
  }

  /** A name of the node's file is gone: it is found under another one from now on. False: none is known. */
  findOtherName(slot: number, parent: number, gone: Buffer): boolean {
    const other = this.directories.otherName(this.observer.rowOfNode(slot), parent, gone);
    if (other !== undefined) this.c.nodes.setName(slot, other.slot, other.name, 0, other.name.length);
    return other !== undefined;
  }

  /** A handle of the guest is about to be given back: what was written through it is what is known. */
  closing(slot: number, handle: number): void {
    if (this.writes.written(handle)) {
      this.own.touch(slot, Touch.CONTENT | Touch.ATTRIBUTES);
      this.writes.released(handle);
    }
  }

  /**
   * A handle that was open for writing is about to be given back, and the node maybe forgotten with it. Result: the object's key,
   * for {@link closedLater}.
   */
  closed(slot: number): string {
    this.own.touch(slot, Touch.CLOSED);
    return this.observer.identityOfNode(slot);
  }

  /** Its descriptor is not closed yet: somebody else will do it, soon. */
  closedLater(handle: number, identity: string): void {
    this.unsettled.closedLater(handle, identity);
  }

  forgotten(slot: number): void {
    this.directories.forget(slot);
    this.linked.forget(slot);
    this.own.forgotten(slot, this.observer.identityOfNode(slot));
    this.answers.forget(slot);
  }

  /** What is known of an object already stays: a change by the host has to be told before it is taken over. */
  private bind(directory: DirectorySnapshot, nameOff: number, length: number, row: Uint32Array): void {
    const name = this.c.arena.memory.subarray(nameOff, nameOff + length);
    this.snapshots.bind(directory, name, this.snapshots.inodes.enter(row, 0));
  }

  private isAhead(parent: number, nameOff: number, length: number): void {
    this.ahead.add(`${parent}/${this.text(nameOff, length)}`);
  }

  private text(at: number, length: number): string {
    return Buffer.from(this.c.arena.memory.buffer, at, length).toString('latin1');
  }

  // -- the lane ------------------------------------------------------------------------------------------------------

  /** Before the reply to a request goes out. */
  settle(): void {
    this.directories.settle();
    this.linked.settle();
    this.overlap.settle();
  }

  /** The guest uses the mount: from now on it can be told something. */
  start(): void {
    if (this.started) return;
    this.started = true;
    this.judge.begins();
    if (!this.directories.begin(ROOT))
      this.fail(this.directories.refused?.reason ?? 'the share root cannot be watched');
    const name = `.osmofs-${process.pid.toString(36)}-${process.hrtime.bigint().toString(36)}`;
    this.outbox.stageName = name;
    this.outbox.push({ what: 'inject', kind: InjectKind.STAGE, flags: 0, parent: ROOT, name, instead: [] });
  }

  /** Takes in what the host has done; the outbox has the announcements then. */
  work(): void {
    if (!this.started) return;
    if (this.outbox.pending > ENOUGH) {
      if (this.own.size > 16 * MANY_OWN) this.loseCount();
      return;
    }
    try {
      this.takeIn();
      this.failures = 0;
    } catch (error) {
      this.log(`changes by the host cannot be judged: ${error instanceof Error ? error.stack : String(error)}`);
      this.loseCount();
      if (++this.failures > 1) this.fail('they cannot be judged');
    }
    this.c.descriptors.settle();
  }

  /** What the guest did is not known any more: the next time everything is compared. */
  private loseCount(): void {
    this.judge.loseCount();
  }

  private takeIn(): void {
    const { changes, announcements } = this.judge.drain();
    for (const announcement of announcements) this.outbox.push(announcement);
    if (changes.length > 0) for (const announcement of this.plan.make(changes)) this.outbox.push(announcement);
    this.overlap.settle();
    if (this.ahead.size > ENOUGH) this.ahead.clear();
  }

  /** Resets so far. */
  get resets(): number {
    return this.judge.resets;
  }

  /** Whether there is a reason to drain although nobody has called. */
  get due(): boolean {
    return this.own.size > MANY_OWN || this.unsettled.isDue;
  }

  close(): void {
    this.feed.close();
  }

  acknowledge(r: Request): boolean {
    const at = r.arg;
    const seq = r.u32(announced_in.at.seq) + r.u32(announced_in.at.seq + 4) * 0x1_0000_0000;
    const error = this.c.arena.view.getInt32(at + announced_in.at.error, true);
    return this.outbox.acknowledged(seq, error);
  }

  private refused(inject: Inject, errno: number): void {
    if (inject.kind === InjectKind.STAGE) {
      this.log(
        `the guest's programs get no events of changes by the host: its agent may not make them (errno ${errno})`,
      );
    }
    for (const announcement of inject.instead) this.outbox.push(announcement);
  }

  /** Nothing of the directory and what is below it is to be used unasked. */
  private takeBack(slot: number): void {
    for (const announcement of takeBack(slot, this.directories, this.snapshots, this.observer))
      this.outbox.push(announcement);
  }

  private fail(reason: string): void {
    if (this.failed !== undefined) return;
    this.failed = reason;
    this.takeBack(ROOT);
    this.log(`changes by the host are not seen: ${reason}`);
  }
}
