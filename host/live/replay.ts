/**
 * From the events of an exact feed to what the host did. Events of names and inodes that the guest has not touched since the last
 * drain are the host's and become changes one by one, in their order. Where the guest had its hand in it too, only the state
 * can tell: such names are left to a comparison (`verify`), such inodes are compared with what the guest's own operations left.
 *
 * An event tells of the past; what it is about is looked for where it is now. What has come and gone within one batch is told all the
 * same, with a row of which only the type is known.
 */
import { IN } from '../../native/os-watch.js';
import { S_IFDIR, S_IFMT, S_IFREG } from '../../protocol/linux.js';
import type { Snapshots } from '../snapshot/snapshots.js';
import { isDirectory, S } from '../snapshot/stat.js';
import type { InvalidateEntry, InvalidateInode } from './announcement.js';
import type { HostChange, Place, Victim } from './changes.js';
import type { Directories } from './directories.js';
import { addName, type Names } from './names.js';
import type { Observer } from './observer.js';
import { type Own, Touch } from './own.js';
import { takeBack } from './sight.js';
import type { Writes } from './writes.js';

export interface Event {
  /** the directory, a node */
  readonly slot: number;
  readonly mask: number;
  readonly cookie: number;
  /** latin1 */
  readonly name: string;
}

export interface ReplayParts {
  readonly snapshots: Snapshots;
  readonly directories: Directories;
  readonly observer: Observer;
  readonly own: Own;
  readonly writes: Writes;
}

interface Found {
  readonly slot: number;
  readonly name: string;
  readonly row: Uint32Array;
}

const TAKES = IN.MOVED_FROM | IN.DELETE | IN.MOVED_TO;

export class Replay {
  readonly changes: HostChange[] = [];
  /** what is to be taken back from the guest, without an event */
  readonly lost: (InvalidateEntry | InvalidateInode)[] = [];
  /** names to be compared with the host, by directory */
  readonly verify = new Map<number, Names>();
  /** events about inodes in which the guest has a write under way: to be judged with the next drain */
  readonly later: Event[] = [];
  private readonly events: Event[] = [];
  /** index of the MOVED_TO of a cookie, of the MOVED_FROM */
  private readonly to = new Map<number, number>();
  private readonly from = new Map<number, number>();
  /** indices of events that take a name's object away or put another in its place */
  private takes: Map<string, number[]> | undefined;
  private readonly done = new Set<number>();

  /** `more`: the events that have come since. */
  constructor(
    private readonly parts: ReplayParts,
    private readonly more: () => readonly Event[],
  ) {}

  run(events: readonly Event[]): void {
    this.add(events);
    for (let i = 0; i < this.events.length; i++) if (!this.done.has(i)) this.one(i, this.events[i]);
  }

  private add(events: readonly Event[]): void {
    for (const event of events) {
      const i = this.events.push(event) - 1;
      if (event.mask & IN.MOVED_TO) this.to.set(event.cookie, i);
      else if (event.mask & IN.MOVED_FROM) this.from.set(event.cookie, i);
    }
    this.takes = undefined;
  }

  /** What is on the host and what the events say do not go together yet. False: there is no more to be had. */
  private catchUp(): boolean {
    const events = this.more();
    this.add(events);
    return events.length > 0;
  }

  private one(i: number, event: Event): void {
    const { slot, name, mask } = event;
    const { own, directories } = this.parts;
    if (directories.get(slot) === undefined) return;
    const ours = own.hasName(slot, name);
    if (mask & (IN.CREATE | IN.DELETE | IN.MOVED_FROM | IN.MOVED_TO)) {
      if (mask & (IN.MOVED_FROM | IN.MOVED_TO) && this.isOwnRename(event, ours)) return;
      if (ours) {
        this.leave(slot, name);
        return;
      }
    }
    if (mask & IN.CREATE) this.created(i, event, 'created');
    else if (mask & IN.DELETE) this.removed(event, 'removed');
    else if (mask & IN.MOVED_FROM) this.moved(event);
    else if (mask & IN.MOVED_TO) this.created(i, event, 'moved-in');
    else this.touched(i, event);
  }

  /** A rename of which one name is the guest's: both are compared. */
  private isOwnRename({ cookie, mask }: Event, ours: boolean): boolean {
    const other = (mask & IN.MOVED_FROM ? this.to : this.from).get(cookie);
    if (other === undefined) return false;
    const { slot, name } = this.events[other];
    if (!ours && !this.parts.own.hasName(slot, name)) return false;
    for (const index of [this.to.get(cookie), this.from.get(cookie)]) {
      const half = this.events[index!];
      this.leave(half.slot, half.name);
      this.done.add(index!);
    }
    return true;
  }

  private leave(slot: number, name: string): void {
    addName(this.verify, slot, name);
  }

  // -- names -----------------------------------------------------------------------------------------------------------

  private created(i: number, { slot, name, mask }: Event, kind: 'created' | 'moved-in'): void {
    const { snapshots, directories, observer } = this.parts;
    const found = this.find(i, slot, name);
    const stat = found?.row ?? observer.stranger(typeOf(mask));
    // Another object has taken the place without an event that we saw: the comparison finds out.
    if (isDirectory(stat[S.mode]) !== ((mask & IN.ISDIR) !== 0)) {
      this.leave(slot, name);
      return;
    }
    const directory = directories.get(slot)!;
    const there = this.victim(slot, name);
    const at: Place = { directory: directory.id, name };
    const { inodes } = snapshots;
    const before = inodes.find(stat, 0);
    const linked = kind === 'created' && before >= 0 && !isDirectory(stat[S.mode]) ? inodes.first[before] : -1;
    const of = linked >= 0 ? this.placeOf(linked) : undefined;
    if (before >= 0) inodes.take(before, stat, 0, S.nlink, S.nlink + 1);
    if (before >= 0) inodes.take(before, stat, 0, S.ctimeLo, S.ctimeHi + 1);
    snapshots.bind(directory, Buffer.from(name, 'latin1'), inodes.enter(stat, 0));
    if (of !== undefined && !(of.directory === at.directory && of.name === name)) {
      this.changes.push({ kind: 'linked', at, of, stat });
      return;
    }
    const elsewhere = found !== undefined && (found.slot !== slot || found.name !== name);
    const nowDirectory = elsewhere ? directories.get(found.slot) : undefined;
    this.changes.push({
      kind,
      at,
      stat,
      ...(nowDirectory && { now: { directory: nowDirectory.id, name: found!.name } }),
      ...(there && kind === 'moved-in' && { over: there }),
    });
  }

  private removed({ slot, name, mask }: Event, kind: 'removed' | 'moved-out'): void {
    const { snapshots, directories } = this.parts;
    const directory = directories.get(slot)!;
    const at: Place = { directory: directory.id, name };
    const victim = this.victim(slot, name) ?? { type: typeOf(mask), links: 0 };
    const found = directory.find(Buffer.from(name, 'latin1'), 0, name.length);
    if (found >= 0) this.unlinked(snapshots.entries.inode[found]);
    if (found >= 0 && kind === 'moved-out' && mask & IN.ISDIR) this.outOfSight(found);
    if (found >= 0) snapshots.unbind(found);
    this.changes.push({ kind, at, victim });
  }

  private moved(event: Event): void {
    const { snapshots, directories, observer } = this.parts;
    // The halves of a rename are told one after the other, and somebody may have listened between.
    if (!this.to.has(event.cookie) && event === this.events.at(-1)) this.catchUp();
    const other = this.to.get(event.cookie);
    const target = other === undefined ? undefined : this.events[other];
    if (other === undefined || target === undefined) {
      this.removed(event, 'moved-out');
      return;
    }
    this.done.add(other);
    const to = directories.get(target.slot);
    // The other directory is not live: what goes there leaves our sight.
    if (to === undefined) {
      this.removed(event, 'moved-out');
      return;
    }
    const back = this.backOf(other, event, target);
    const from = directories.get(event.slot)!;
    const fromPlace: Place = { directory: from.id, name: event.name };
    const at: Place = { directory: to.id, name: target.name };
    if (back >= 0) {
      this.done.add(back);
      this.done.add(back + 1);
      this.exchange(event, target);
      this.changes.push({ kind: 'exchanged', at: fromPlace, with: at });
      return;
    }
    const oldName = Buffer.from(event.name, 'latin1');
    const newName = Buffer.from(target.name, 'latin1');
    const source = from.find(oldName, 0, oldName.length);
    const stat =
      this.lookAt(other, target.slot, target.name) ?? this.rowOf(source) ?? observer.stranger(typeOf(event.mask));
    const over = this.victim(target.slot, target.name);
    const there = to.find(newName, 0, newName.length);
    if (there >= 0) this.unlinked(snapshots.entries.inode[there]);
    snapshots.renamed(from, oldName, to, newName, stat);
    this.changes.push({ kind: 'moved', from: fromPlace, at, stat, ...(over && { over }) });
  }

  /** RENAME_EXCHANGE comes as two renames, there and back: the index of the second one's first half, or -1. */
  private backOf(i: number, from: Event, to: Event): number {
    const next = this.events[i + 1];
    const last = this.events[i + 2];
    if (next === undefined || last === undefined) return -1;
    const back =
      (next.mask & IN.MOVED_FROM) !== 0 &&
      (last.mask & IN.MOVED_TO) !== 0 &&
      next.cookie === last.cookie &&
      next.slot === to.slot &&
      next.name === to.name &&
      last.slot === from.slot &&
      last.name === from.name;
    return back ? i + 1 : -1;
  }

  private exchange(a: Event, b: Event): void {
    const { snapshots, directories, observer } = this.parts;
    if (observer.look(a.slot, a.name) < 0) {
      this.leave(a.slot, a.name);
      return;
    }
    const atA = observer.row.slice();
    if (observer.look(b.slot, b.name) < 0) {
      this.leave(b.slot, b.name);
      return;
    }
    const atB = observer.row.slice();
    const [one, two] = [directories.get(a.slot)!, directories.get(b.slot)!];
    snapshots.exchanged(one, Buffer.from(a.name, 'latin1'), two, Buffer.from(b.name, 'latin1'), atA, atB);
  }

  /** Where the object that event `i` gave this name is found after all events of the batch; undefined if nowhere. */
  private whereNow(i: number, slot: number, name: string): { slot: number; name: string } | undefined {
    this.takes ??= indexTakes(this.events);
    for (let at = i, turns = 0; turns < 64; turns++) {
      const next = this.takes.get(`${slot}/${name}`)?.find((index) => index > at);
      if (next === undefined) return { slot, name };
      const event = this.events[next];
      if ((event.mask & IN.MOVED_FROM) === 0) return undefined;
      const to = this.to.get(event.cookie);
      if (to === undefined) return undefined;
      // In an exchange the second half comes back over the first.
      at = this.backOf(to, event, this.events[to]) >= 0 ? to + 2 : to;
      ({ slot, name } = this.events[to]);
    }
    return undefined;
  }

  /** The object that event `i` gave, or found under, this name: its row and where it is now; undefined if it is gone since. */
  private find(i: number, slot: number, name: string): Found | undefined {
    const { observer } = this.parts;
    do {
      const now = this.whereNow(i, slot, name);
      if (now === undefined) return undefined;
      if (observer.look(now.slot, now.name) === 0) return { ...now, row: observer.row.slice() };
    } while (this.catchUp());
    return undefined;
  }

  private lookAt(i: number, slot: number, name: string): Uint32Array | undefined {
    return this.find(i, slot, name)?.row;
  }

  /** What is known of the object of an entry. */
  private rowOf(entry: number): Uint32Array | undefined {
    return entry < 0 ? undefined : this.parts.directories.rowOf(entry);
  }

  /** One link less, as far as is known: nobody has looked. */
  private unlinked(inode: number): void {
    const { inodes } = this.parts.snapshots;
    const links = inodes.get(inode, S.nlink);
    if (!isDirectory(inodes.get(inode, S.mode)) && links > 0) inodes.set(inode, S.nlink, links - 1);
  }

  private victim(slot: number, name: string): Victim | undefined {
    const { directories } = this.parts;
    const row = this.rowOf(directories.get(slot)!.find(Buffer.from(name, 'latin1'), 0, name.length));
    if (row === undefined) return undefined;
    const type = row[S.mode] & S_IFMT;
    return { type, links: type === S_IFDIR ? 0 : Math.max(0, row[S.nlink] - 1), row };
  }

  private placeOf(entry: number): Place {
    const { entries } = this.parts.snapshots;
    return { directory: entries.directory[entry], name: entries.name(entry) };
  }

  // -- inodes ----------------------------------------------------------------------------------------------------------

  private touched(i: number, event: Event): void {
    const { snapshots, directories, observer, own, writes } = this.parts;
    const { slot, name, mask } = event;
    const directory = directories.get(slot)!;
    const bytes = Buffer.from(name, 'latin1');
    const at: Place = { directory: directory.id, name };
    const known = directory.find(bytes, 0, bytes.length);
    let stat = this.lookAt(i, slot, name) ?? this.rowOf(known);
    if (stat === undefined) return;
    let inode = snapshots.inodes.find(stat, 0);
    if (known >= 0 && snapshots.entries.inode[known] !== inode) {
      // It has had its time: what has the name now is something else.
      inode = snapshots.entries.inode[known];
      stat = this.rowOf(known)!;
    }
    if (known < 0) {
      // A name that the guest itself has taken away or given since: what was before is not to be learned from it.
      if (own.hasName(slot, name)) {
        this.adopt(at, inode, stat);
        return;
      }
      if (directory.complete) return;
      inode = snapshots.inodes.enter(stat, 0);
      snapshots.bind(directory, bytes, inode);
    }
    const node = observer.nodeOf(stat);
    const forgotten = own.touchesOfForgotten(observer.identity(stat));
    const touches = node < 0 ? forgotten : forgotten | own.touches(node) | writes.touches(node);
    if (mask & IN.CLOSE_WRITE) {
      if ((touches & Touch.CLOSED) === 0) this.changes.push({ kind: 'written', at, stat });
      return;
    }
    const modified = (mask & IN.MODIFY) !== 0;
    if (node >= 0 && own.isLoose(node)) {
      snapshots.inodes.take(inode, stat, 0, S.mode, S.words);
      return;
    }
    const suspect = touches & (modified ? Touch.CONTENT : Touch.CONTENT | Touch.ATTRIBUTES);
    if (suspect !== 0) {
      const verdict = writes.judge(node, inode, () => {
        stat = this.lookAt(i, slot, name);
        return stat;
      });
      if (verdict === 'busy') this.putOff(event);
      if (verdict !== 'foreign' || stat === undefined) return;
    }
    // A truncation or chmod through a descriptor whose name has gone is told under that name, which leads to something else now.
    const same = !snapshots.inodes.differs(inode, stat, 0, S.mode, S.words);
    if (suspect === 0 && same && own.touchesAnything) return;
    snapshots.inodes.take(inode, stat, 0, S.mode, S.words);
    this.changes.push({ kind: modified ? 'modified' : 'attributes', at, stat });
  }

  /** A directory goes where nobody looks, and what the guest has cached of it goes with it. */
  private outOfSight(entry: number): void {
    const { snapshots, directories, observer } = this.parts;
    const node = observer.nodeOf(directories.rowOf(entry));
    if (node >= 0) this.lost.push(...takeBack(node, directories, snapshots, observer));
  }

  private putOff(event: Event): void {
    const same = ({ slot, name, mask }: Event) => slot === event.slot && name === event.name && mask === event.mask;
    if (!this.later.some(same)) this.later.push(event);
  }

  /** The guest has moved the object since it changed it: the state is its own, if it touched it. */
  private adopt(at: Place, inode: number, stat: Uint32Array): void {
    const { snapshots, observer, own, writes } = this.parts;
    const node = observer.nodeOf(stat);
    if (inode < 0 || node < 0) return;
    const ours = own.isLoose(node) || (own.touches(node) | writes.touches(node)) !== 0;
    if (ours) snapshots.inodes.take(inode, stat, 0, S.mode, S.words);
    else this.changes.push({ kind: 'unsure', at, stat });
  }
}

/** As far as an event says. */
function typeOf(mask: number): number {
  return mask & IN.ISDIR ? S_IFDIR : S_IFREG;
}

function indexTakes(events: readonly Event[]): Map<string, number[]> {
  const takes = new Map<string, number[]>();
  for (const [i, { slot, name, mask }] of events.entries()) {
    if ((mask & TAKES) === 0) continue;
    const key = `${slot}/${name}`;
    const list = takes.get(key);
    if (list === undefined) takes.set(key, [i]);
    else list.push(i);
  }
  return takes;
}
