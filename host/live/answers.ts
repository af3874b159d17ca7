/**
 * Answers to the requests that an injected call causes. The host's files are not touched: what the call is to make is there
 * already, what it is to take away is gone. Nodes and lookup counts are as real as in any other answer.
 */
import { STAT } from '../../native/os.js';
import { InjectKind } from '../../protocol/announce.js';
import { Errno } from '../../protocol/errno.js';
import { FOPEN_KEEP_CACHE, FOPEN_NOFLUSH } from '../../protocol/fuse/flags.js';
import { Opcode } from '../../protocol/fuse/opcodes.js';
import {
  fuse_attr,
  fuse_flush_in,
  fuse_link_in,
  fuse_mkdir_in,
  fuse_mknod_in,
  fuse_open_out,
  fuse_release_in,
} from '../../protocol/fuse/structs.js';
import { S_IFDIR, S_IFMT } from '../../protocol/linux.js';
import { STAT_AT } from '../arena.js';
import type { Context } from '../context.js';
import { replyAttr, writeEntry } from '../reply.js';
import type { Request } from '../request.js';
import { nanosecondsOf, S, secondsOf } from '../snapshot/stat.js';
import { ROOT } from '../state/nodes.js';
import { type Inject, STAGE_SLOT, type Target } from './announcement.js';
import type { Directories } from './directories.js';
import type { Observer } from './observer.js';

/** Result: the request is answered like anybody's. */
export const ORDINARY = -20_003;

/** fh of a file that an injected call has open: no handle of the table has it (its generation has 31 bits). */
const PRIVATE_LO = 0xffff_ffff;
const PRIVATE_HI = 0xffff_ffff;
const A = fuse_attr.at;
const ATTR = STAT_AT + STAT.attr;

export class Answers {
  /** the node of the staging directory, -1 before the agent has opened it */
  stage = -1;
  /** nodes of objects that are gone from the host, or are under another name by now, as they were */
  private readonly strangers = new Map<number, Uint32Array>();
  /** nodes of those that the guest had not known before, by {@link keyOf} */
  private readonly gone = new Map<string, number>();
  private readonly stageRow = new Uint32Array(S.words);

  constructor(
    private readonly c: Context,
    private readonly observer: Observer,
    private readonly directories: Directories,
    private readonly current: () => Inject | undefined,
    private readonly calls: () => Iterable<Inject>,
    private readonly staged: (slot: number) => void,
  ) {
    this.stageRow[S.device] = 0xfffe;
    this.stageRow[S.inoLo] = 1;
    this.stageRow[S.mode] = S_IFDIR | 0o700;
    this.stageRow[S.nlink] = 2;
  }

  /** Whether this is the end of a file that an injected call had open; such requests carry no mark. */
  isPrivate(r: Request): boolean {
    if (r.opcode !== Opcode.RELEASE && r.opcode !== Opcode.FLUSH) return false;
    const fh = r.opcode === Opcode.RELEASE ? fuse_release_in.at.fh : fuse_flush_in.at.fh;
    return r.u32(fh) === PRIVATE_LO && r.u32(fh + 4) === PRIVATE_HI;
  }

  /** A marked request: length of the reply's payload, -errno or {@link ORDINARY}. */
  answer(r: Request): number {
    const call = this.current();
    switch (r.opcode) {
      case Opcode.LOOKUP:
        return this.lookup(r, call);
      case Opcode.MKNOD:
        return this.make(r, call, fuse_mknod_in.size);
      case Opcode.MKDIR:
        return this.make(r, call, fuse_mkdir_in.size);
      case Opcode.SYMLINK:
        return this.make(r, call, 0);
      case Opcode.LINK:
        return this.make(r, call, fuse_link_in.size);
      case Opcode.UNLINK:
      case Opcode.RMDIR:
      case Opcode.RENAME:
      case Opcode.RENAME2:
        return call === undefined ? -Errno.EIO : 0;
      case Opcode.GETATTR:
        return this.getattr(r, call);
      case Opcode.SETATTR:
        return this.attributes(r, call);
      case Opcode.OPEN:
        // Where the kernel opens by itself there is nothing to be told apart.
        return call?.kind === InjectKind.WRITTEN && !this.c.noOpen ? this.open(r) : ORDINARY;
      default:
        // Whatever else the kernel wants to know on the way; but never a change.
        return changes(r.opcode) ? -Errno.EIO : ORDINARY;
    }
  }

  private lookup(r: Request, call: Inject | undefined): number {
    if (call === undefined) return ORDINARY;
    const length = r.nameLength(0);
    if (length < 0) return length;
    const name = Buffer.from(r.memory.buffer, r.arg, length).toString('latin1');
    if (call.kind === InjectKind.STAGE && name === call.name) return this.enterStage(r, length);
    const first = this.isIn(r, call.parent) && name === call.name;
    const second = call.parent2 !== undefined && this.isIn(r, call.parent2) && name === call.name2;
    if (call.kind === InjectKind.LINK && second) return this.entry(r, call.source, length);
    if (second) return this.entry(r, call.victim, length);
    if (!first) return this.onTheWay(r, name, length);
    if (call.made !== undefined) return -Errno.ENOENT;
    const target = call.source ?? call.victim;
    if (target === undefined) return ORDINARY;
    const { at, links } = target;
    const there = at !== undefined && links === undefined && at.slot === r.slot && at.name === name;
    return this.entry(r, target, length, 0, there);
  }

  /**
   * The call is on its way to its directory. What leads there is as the guest knows it until the calls that change it have been
   * made: a directory that is gone from the host is still there for what has to be told of its content first.
   */
  private onTheWay(r: Request, name: string, length: number): number {
    for (const call of this.calls()) {
      if (this.isIn(r, call.parent) && name === call.name) {
        if (call.made !== undefined) return -Errno.ENOENT;
        const target = call.source ?? call.victim;
        return target === undefined ? ORDINARY : this.entry(r, target, length);
      }
      const second = call.parent2 !== undefined && this.isIn(r, call.parent2) && name === call.name2;
      if (second && call.kind === InjectKind.RENAME) return this.entry(r, call.victim, length);
    }
    // The host may be ahead of what its events have told so far.
    const row = this.directories.known(r.slot, name);
    if (row === undefined || this.observer.nodeOf(row) < 0) return ORDINARY;
    if (this.observer.look(r.slot, name) === 0 && same(this.observer.row, row)) return ORDINARY;
    return this.entry(r, { row }, length);
  }

  private isIn(r: Request, parent: number): boolean {
    return r.slot === (parent === STAGE_SLOT ? this.stage : parent);
  }

  private make(r: Request, call: Inject | undefined, nameOff: number): number {
    if (call?.made === undefined) return -Errno.EIO;
    const length = r.nameLength(nameOff);
    return length < 0 ? length : this.entry(r, call.made, length, nameOff, true);
  }

  /** A fuse_entry_out for the target under the request's name. `lasting`: the guest may keep it. */
  private entry(r: Request, target: Target | undefined, length: number, nameOff = 0, lasting = false): number {
    if (target === undefined) return -Errno.ENOENT;
    const { c } = this;
    const { row } = target;
    const kept = lasting && this.isThere(target);
    const known = this.nodeOf(row);
    const fresh = this.fill(target, known);
    const slot = known >= 0 ? c.nodes.again(known) : this.newNode(r, target, length, nameOff, fresh);
    if (fresh && c.isDirectory(slot)) this.directories.learned(slot);
    if (fresh) c.ownership.report(c.targetFd, c.targetName, STAT_AT, slot, r.uid, r.gid);
    if (target.links !== undefined) c.arena.words[(ATTR + A.nlink) >> 2] = target.links;
    if (!fresh) this.strangers.set(slot, row);
    return kept && fresh ? writeEntry(c, r.out, slot) : writeEntry(c, r.out, slot, 0);
  }

  /** Whether the name still leads there: the guest may have renamed or removed it since this was planned, the host as well. */
  private isThere({ at, row }: Target): boolean {
    return at !== undefined && this.observer.look(at.slot, at.name) === 0 && same(this.observer.row, row);
  }

  /** The object's node, also if it is gone. */
  private nodeOf(row: Uint32Array): number {
    const known = this.observer.nodeOf(row);
    return known >= 0 || this.gone.size === 0 ? known : (this.gone.get(keyOf(row)) ?? -1);
  }

  /**
   * It is entered where it is on the host, whatever name the injected call has for it. One that is gone has a node of its own: its
   * inode number may be another object's by now.
   */
  private newNode(r: Request, { row, at }: Target, length: number, nameOff: number, fresh: boolean): number {
    const { device, inoLo, inoHi, birth, mode } = S;
    const own = fresh ? row : this.observer.stranger(row[mode] & S_IFMT);
    const identity = [own[device], own[inoLo], own[inoHi], own[birth], row[mode] & S_IFMT] as const;
    let slot: number;
    if (at === undefined) slot = this.c.nodes.enter(...identity, r.slot, r.memory, r.arg + nameOff, length);
    else {
      const name = Buffer.from(at.name, 'latin1');
      slot = this.c.nodes.enter(...identity, at.slot, name, 0, name.length);
    }
    if (!fresh) this.gone.set(keyOf(row), slot);
    return slot;
  }

  /** The target's attributes at STAT_AT: the host's own of now if the object is there, else what was known. */
  private fill(target: Target, node: number): boolean {
    const { c, observer } = this;
    if (node > 0 && c.look(node) === 0) return true;
    if (target.at !== undefined && observer.look(target.at.slot, target.at.name) === 0) {
      if (same(observer.row, target.row)) return true;
    }
    this.fromRow(target.row);
    return false;
  }

  private fromRow(row: Uint32Array): void {
    const { c } = this;
    const w = c.arena.words;
    const at = ATTR >> 2;
    c.arena.memory.fill(0, ATTR, ATTR + fuse_attr.size);
    const put = (field: number, value: number) => {
      w[at + (field >> 2)] = value;
    };
    put(A.ino, row[S.inoLo]);
    put(A.ino + 4, row[S.inoHi]);
    put(A.size, row[S.sizeLo]);
    put(A.size + 4, row[S.sizeHi]);
    for (const [seconds, nanoseconds, low] of [
      [A.atime, A.atimensec, S.mtimeLo],
      [A.mtime, A.mtimensec, S.mtimeLo],
      [A.ctime, A.ctimensec, S.ctimeLo],
    ]) {
      c.arena.view.setBigInt64(ATTR + seconds, secondsOf(row, low), true);
      put(nanoseconds, nanosecondsOf(row[low + 1]));
    }
    put(A.mode, row[S.mode]);
    put(A.nlink, row[S.nlink]);
    put(A.uid, row[S.uid]);
    put(A.gid, row[S.gid]);
    put(A.blksize, 4096);
  }

  private getattr(r: Request, call: Inject | undefined): number {
    if (r.slot === this.stage) {
      this.fromRow(this.stageRow);
      return replyAttr(this.c, r, 0);
    }
    const target = call?.kind === InjectKind.STAT ? call.source : call?.victim;
    const gone = this.c.report(r.slot, r) < 0;
    if (target !== undefined && this.observer.nodeOf(target.row) === r.slot) {
      if (gone) this.fromRow(target.row);
      if (target.links !== undefined) this.c.arena.words[(ATTR + A.nlink) >> 2] = target.links;
      return replyAttr(this.c, r, 0);
    }
    return gone ? this.attributes(r) : replyAttr(this.c, r);
  }

  /** The guest has forgotten the node. */
  forget(slot: number): void {
    const row = this.strangers.get(slot);
    if (row === undefined) return;
    this.strangers.delete(slot);
    if (this.gone.get(keyOf(row)) === slot) this.gone.delete(keyOf(row));
  }

  private attributes(r: Request, call?: Inject): number {
    if (this.c.report(r.slot, r) === 0)
      return call !== undefined && this.asTold(call) ? replyAttr(this.c, r, 0) : replyAttr(this.c, r);
    const row = this.strangers.get(r.slot);
    if (row === undefined) return -Errno.ESTALE;
    this.fromRow(row);
    return replyAttr(this.c, r, 0);
  }

  /**
   * A file that has changed again since is still told with the time of the change that is told: from a newer one the kernel would
   * conclude that the pages it has are as new. Result: whether that is so.
   */
  private asTold({ times }: Inject): boolean {
    const { view } = this.c.arena;
    if (times === undefined) return false;
    const seconds = secondsOf(times, S.mtimeLo);
    const nanoseconds = nanosecondsOf(times[S.mtimeHi]);
    if (view.getBigInt64(ATTR + A.mtime, true) === seconds && view.getUint32(ATTR + A.mtimensec, true) === nanoseconds)
      return false;
    view.setBigInt64(ATTR + A.mtime, seconds, true);
    view.setUint32(ATTR + A.mtimensec, nanoseconds, true);
    return true;
  }

  private open(r: Request): number {
    const w = this.c.arena.words;
    const O = fuse_open_out.at;
    w[(r.out + O.fh) >> 2] = PRIVATE_LO;
    w[(r.out + O.fh + 4) >> 2] = PRIVATE_HI;
    w[(r.out + O.open_flags) >> 2] = FOPEN_KEEP_CACHE | FOPEN_NOFLUSH;
    w[(r.out + O.backing_id) >> 2] = 0;
    return fuse_open_out.size;
  }

  private enterStage(r: Request, length: number): number {
    if (r.slot !== ROOT) return -Errno.ENOENT;
    const slot =
      this.stage >= 0 ? this.c.nodes.again(this.stage) : this.newNode(r, { row: this.stageRow }, length, 0, true);
    this.stage = slot;
    this.staged(slot);
    this.fromRow(this.stageRow);
    return writeEntry(this.c, r.out, slot, 0);
  }
}

function same(a: Uint32Array, b: Uint32Array): boolean {
  return (
    a[S.device] === b[S.device] &&
    a[S.inoLo] === b[S.inoLo] &&
    a[S.inoHi] === b[S.inoHi] &&
    a[S.birth] === b[S.birth] &&
    ((a[S.mode] ^ b[S.mode]) & S_IFMT) === 0
  );
}

function keyOf(row: Uint32Array): string {
  return `${row[S.device]}/${row[S.inoLo]}/${row[S.inoHi]}/${row[S.birth]}`;
}

const CHANGES: ReadonlySet<number> = new Set([
  Opcode.CREATE,
  Opcode.TMPFILE,
  Opcode.SETXATTR,
  Opcode.REMOVEXATTR,
  Opcode.FALLOCATE,
  Opcode.COPY_FILE_RANGE,
  Opcode.COPY_FILE_RANGE_64,
]);

function changes(opcode: number): boolean {
  return CHANGES.has(opcode);
}
