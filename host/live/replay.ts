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
import type { Author } from './authors.js';
import { Batch, type Event } from './batch.js';
import type { HostChange, Place, Victim } from './changes.js';
import type { Directories } from './directories.js';
import { addName, type Names } from './names.js';
import type { Observer } from './observer.js';
import { type Own, Touch } from './own.js';
import { takeBack } from './sight.js';
import type { Writes } from './writes.js';

export interface ReplayParts {
  readonly snapshots: Snapshots;
  readonly directories: Directories;
  readonly observer: Observer;
  readonly own: Own;
  readonly writes: Writes;
  /** names (slot/name) that the guest has learned anew before they are told */
  readonly ahead: Set<string>;
}

interface Found {
  readonly slot: number;
  readonly name: string;
  readonly row: Uint32Array;
}

export class Replay {
  readonly changes: HostChange[] = [];
  /** what is to be taken back from the guest, without an event */
  readonly lost: (InvalidateEntry | InvalidateInode)[] = [];
  /** names in which others had a hand beside the guest: what it knows of them is not to be used unasked */
  readonly mixed: { slot: number; name: string }[] = [];
  /** names to be compared with the host, by directory */
  readonly verify = new Map<number, Names>();
  /** events about inodes in which the guest has a write under way: to be judged with the next drain */
  readonly later: Event[] = [];
  readonly batch = new Batch();
  private readonly done = new Set<number>();

  /** `more`: the events that have come since. */
  constructor(
    private readonly parts: ReplayParts,
    private readonly more: () => readonly Event[],
  ) {}

  run(events: readonly Event[]): void {
    this.batch.add(events);
    const { batch } = this;
    for (let i = 0; i < batch.events.length; i++) if (!this.done.has(i)) this.one(i, batch.events[i]);
  }

  /** What is on the host and what the events say do not go together yet. False: there is no more to be had. */
  private catchUp(): boolean {
    const events = this.more();
    this.batch.add(events);
    return events.length > 0;
  }

  private one(i: number, event: Event): void {
    const { slot, name, mask } = event;
    const { own, directories } = this.parts;
    if (event.author === 'own' || directories.get(slot) === undefined) return;
    const ours = own.hasName(slot, name);
    if (mask & (IN.CREATE | IN.DELETE | IN.MOVED_FROM | IN.MOVED_TO)) {
      if (mask & (IN.MOVED_FROM | IN.MOVED_TO) && this.isOwnRename(event, ours)) return;
      if (ours) {
        this.leave(event);
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
    const other = (mask & IN.MOVED_FROM ? this.batch.to : this.batch.from).get(cookie);
    if (other === undefined) return false;
    const { slot, name } = this.batch.events[other];
    if (!ours && !this.parts.own.hasName(slot, name)) return false;
    for (const index of [this.batch.to.get(cookie), this.batch.from.get(cookie)]) {
      const half = this.batch.events[index!];
      this.leave(half);
      this.done.add(index!);
    }
    return true;
  }

  private leave({ slot, name, author }: Omit<Event, 'mask' | 'cookie'>): void {
    addName(this.verify, slot, name);
    if (author === 'foreign') this.mixed.push({ slot, name });
  }

  // -- names -----------------------------------------------------------------------------------------------------------

  private created(i: number, event: Event, kind: 'created' | 'moved-in'): void {
    const { slot, name, mask } = event;
    const { snapshots, directories, observer } = this.parts;
    const found = this.find(i, slot, name);
    const stat = found?.row ?? observer.stranger(typeOf(mask));
    // Another object has taken the place without an event that we saw: the comparison finds out.
    if (isDirectory(stat[S.mode]) !== ((mask & IN.ISDIR) !== 0)) {
      this.leave(event);
      return;
    }
    const directory = directories.get(slot)!;
    const { inodes } = snapshots;
    const before = inodes.find(stat, 0);
    const there = this.over(slot, name, before);
    const at: Place = { directory: directory.id, name };
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
    if (!this.batch.to.has(event.cookie) && event === this.batch.events.at(-1)) this.catchUp();
    const other = this.batch.to.get(event.cookie);
    const target = other === undefined ? undefined : this.batch.events[other];
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
    const back = this.batch.backOf(other, event, target);
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
    const object = snapshots.inodes.find(stat, 0);
    const over = this.over(target.slot, target.name, object);
    const there = to.find(newName, 0, newName.length);
    if (there >= 0 && over !== undefined) this.unlinked(snapshots.entries.inode[there]);
    snapshots.renamed(from, oldName, to, newName, stat);
    this.changes.push({ kind: 'moved', from: fromPlace, at, stat, ...(over && { over }) });
  }

  private exchange(a: Event, b: Event): void {
    const { snapshots, directories, observer } = this.parts;
    if (observer.look(a.slot, a.name) < 0) {
      this.leave(a);
      return;
    }
    const atA = observer.row.slice();
    if (observer.look(b.slot, b.name) < 0) {
      this.leave(b);
      return;
    }
    const atB = observer.row.slice();
    const [one, two] = [directories.get(a.slot)!, directories.get(b.slot)!];
    snapshots.exchanged(one, Buffer.from(a.name, 'latin1'), two, Buffer.from(b.name, 'latin1'), atA, atB);
  }

  /** The object that event `i` gave, or found under, this name: its row and where it is now; undefined if it is gone since. */
  private find(i: number, slot: number, name: string): Found | undefined {
    const { observer } = this.parts;
    do {
      const now = this.batch.whereNow(i, slot, name);
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

  /** What the name leads to that is about to lead to another object: not that one, which the guest may have found there already. */
  private over(slot: number, name: string, object: number): Victim | undefined {
    const { directories, snapshots, ahead } = this.parts;
    const entry = directories.get(slot)!.find(Buffer.from(name, 'latin1'), 0, name.length);
    if (entry < 0) return undefined;
    ahead.add(`${slot}/${name}`);
    return snapshots.entries.inode[entry] === object ? undefined : this.victim(slot, name);
  }

  private placeOf(entry: number): Place {
    const { entries } = this.parts.snapshots;
    return { directory: entries.directory[entry], name: entries.name(entry) };
  }

  // -- inodes ----------------------------------------------------------------------------------------------------------

  private touched(i: number, event: Event): void {
    const { snapshots, directories, own } = this.parts;
    const { slot, name, mask } = event;
    const directory = directories.get(slot)!;
    const bytes = Buffer.from(name, 'latin1');
    const known = directory.find(bytes, 0, bytes.length);
    const found = this.find(i, slot, name);
    let stat = found?.row ?? this.rowOf(known);
    if (stat === undefined) return;
    let at: Place = { directory: directory.id, name };
    let inode = snapshots.inodes.find(stat, 0);
    if (known >= 0 && snapshots.entries.inode[known] !== inode) {
      // It has had its time: what has the name now is something else.
      inode = snapshots.entries.inode[known];
      stat = this.rowOf(known)!;
    }
    if (known < 0) {
      // A name that the guest itself has taken away or given since: what was before is not to be learned from it.
      if (own.hasName(slot, name)) {
        const now = found && directories.get(found.slot);
        if (event.author !== 'foreign' || now === undefined) {
          this.adopt(at, inode, stat, event.author);
          return;
        }
        // Told where the guest has moved it.
        at = { directory: now.id, name: found!.name };
      } else {
        if (directory.complete) return;
        inode = snapshots.inodes.enter(stat, 0);
        snapshots.bind(directory, bytes, inode);
      }
    }
    if (event.author === 'unknown' && !this.isForeign(i, event, inode, stat)) return;
    if (mask & IN.CLOSE_WRITE) {
      this.changes.push({ kind: 'written', at, stat });
      return;
    }
    if (inode >= 0) snapshots.inodes.take(inode, stat, 0, S.mode, S.words);
    this.changes.push({ kind: mask & IN.MODIFY ? 'modified' : 'attributes', at, stat });
  }

  /** Nobody says who it was: as far as what the guest did and the object's state tell. `stat` becomes the newest. */
  private isForeign(i: number, event: Event, inode: number, stat: Uint32Array): boolean {
    const { snapshots, observer, own, writes } = this.parts;
    const { slot, name, mask } = event;
    const node = observer.nodeOf(stat);
    const forgotten = own.touchesOfForgotten(observer.identity(stat));
    const touches = node < 0 ? forgotten : forgotten | own.touches(node) | writes.touches(node);
    if (mask & IN.CLOSE_WRITE) return (touches & Touch.CLOSED) === 0;
    if (node >= 0 && own.isLoose(node)) {
      snapshots.inodes.take(inode, stat, 0, S.mode, S.words);
      return false;
    }
    const suspect = touches & (mask & IN.MODIFY ? Touch.CONTENT : Touch.CONTENT | Touch.ATTRIBUTES);
    if (suspect !== 0) {
      const verdict = writes.judge(node, inode, () => {
        const now = this.lookAt(i, slot, name);
        if (now !== undefined) stat.set(now);
        return now;
      });
      if (verdict === 'busy') this.putOff(event);
      return verdict === 'foreign';
    }
    // A truncation or chmod through a descriptor whose name has gone is told under that name, which leads to something else now.
    return !own.touchesAnything || snapshots.inodes.differs(inode, stat, 0, S.mode, S.words);
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
  private adopt(at: Place, inode: number, stat: Uint32Array, author: Author): void {
    const { snapshots, observer, own, writes } = this.parts;
    const node = observer.nodeOf(stat);
    if (inode < 0 || node < 0) return;
    const ours = author !== 'foreign' && (own.isLoose(node) || (own.touches(node) | writes.touches(node)) !== 0);
    if (ours) snapshots.inodes.take(inode, stat, 0, S.mode, S.words);
    else this.changes.push({ kind: 'unsure', at, stat });
  }
}

/** As far as an event says. */
function typeOf(mask: number): number {
  return mask & IN.ISDIR ? S_IFDIR : S_IFREG;
}
