/**
 * From changes of the host to announcements: first what the guest has cached of it is invalidated, then the system call is injected
 * that makes the guest's kernel emit the events. The recipes are those that were tried on real kernels.
 *
 * Nothing is announced in directories that the guest does not know: it has cached nothing there, and nobody can watch them.
 */
import { InjectFlag, InjectKind } from '../../protocol/announce.js';
import { RENAME_EXCHANGE, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../protocol/linux.js';
import type { Context } from '../context.js';
import { isDirectory, S } from '../snapshot/stat.js';
import {
  type Announcement,
  type Inject,
  type InvalidateEntry,
  type InvalidateInode,
  STAGE_SLOT,
  type Target,
} from './announcement.js';
import type { Appeared, HostChange, Place, Victim } from './changes.js';
import type { Directories } from './directories.js';
import type { Observer } from './observer.js';

const EXECUTABLE = 0o111;

interface Spot {
  readonly slot: number;
  readonly name: string;
}

export class Plan {
  private out: Announcement[] = [];
  /** names in the staging directory are never used twice */
  private staged = 0;

  constructor(
    private readonly c: Context,
    private readonly directories: Directories,
    private readonly observer: Observer,
    /** names of which the guest may have been told already what comes now */
    private readonly ahead: { take(slot: number, name: string): boolean },
  ) {}

  make(changes: readonly HostChange[]): Announcement[] {
    this.out = [];
    for (let i = 0; i < changes.length; i++) {
      const change = changes[i];
      const next = changes[i + 1];
      if (change.kind === 'modified' && next?.kind === 'written' && samePlace(change.at, next.at)) {
        if (this.written(change.at, change.stat, true)) i++;
        else this.modified(change.at, change.stat);
      } else this.one(change);
    }
    return this.out;
  }

  private one(change: HostChange): void {
    switch (change.kind) {
      case 'created':
        this.created(change);
        break;
      case 'moved-in':
        this.movedIn(change.at, change.stat, change.over, change.now);
        break;
      case 'replaced':
        this.movedIn(change.at, change.stat, change.over);
        break;
      case 'linked':
        this.linked(change.at, change.of, change.stat);
        break;
      case 'removed':
        this.removed(change.at, change.victim);
        break;
      case 'moved-out':
        this.movedOut(change.at, change.victim);
        break;
      case 'moved':
        this.moved(change.from, change.at, change.stat, change.over);
        break;
      case 'exchanged':
        this.exchanged(change.at, change.with);
        break;
      case 'modified':
        this.modified(change.at, change.stat);
        break;
      case 'attributes':
        this.attributes(change.at, change.stat);
        break;
      case 'unsure':
        this.out.push(...this.invalidate(change.stat));
        break;
      case 'written':
        this.written(change.at, change.stat, false);
    }
  }

  // -- names -----------------------------------------------------------------------------------------------------------

  private created({ at, stat, now }: Appeared): void {
    const spot = this.spot(at);
    if (spot === undefined) return;
    const type = stat[S.mode] & S_IFMT;
    // Over a directory that the guest knows already, a mkdir detaches what is mounted there.
    const flags = type === S_IFDIR ? InjectFlag.GUARDED : 0;
    const kind = type === S_IFDIR ? InjectKind.MKDIR : type === S_IFLNK ? InjectKind.SYMLINK : InjectKind.MKNOD;
    const made: Target = { row: stat, at: (now && this.spot(now)) ?? spot };
    this.inject(spot, { kind, flags, mode: stat[S.mode], made });
  }

  private linked(at: Place, of: Place, stat: Uint32Array): void {
    const spot = this.spot(at);
    const old = this.spot(of);
    if (spot === undefined) return;
    const made: Target = { row: stat, at: spot };
    if (old === undefined) {
      this.created({ kind: 'created', at, stat });
      return;
    }
    this.inject(spot, {
      kind: InjectKind.LINK,
      parent2: old.slot,
      name2: old.name,
      made,
      source: { row: stat, at: old },
    });
  }

  private removed(at: Place, victim: Victim): void {
    const spot = this.spot(at);
    if (spot === undefined) return;
    const target = this.target(victim, spot);
    const directory = victim.type === S_IFDIR;
    if (!directory && victim.links > 0) this.refresh(spot, target);
    const kind = directory ? InjectKind.RMDIR : InjectKind.UNLINK;
    this.inject(spot, { kind, victim: target, flags: directory ? InjectFlag.GUARDED : 0 }, directory);
  }

  /** The kernel takes the link count over before the call, which counts it down. */
  private refresh(spot: Spot, victim: Target): void {
    this.out.push({
      what: 'inject',
      kind: InjectKind.STAT,
      flags: 0,
      parent: spot.slot,
      name: spot.name,
      source: victim,
      instead: [],
    });
  }

  private moved(from: Place, at: Place, stat: Uint32Array, over: Victim | undefined): void {
    const source = this.spot(from);
    const target = this.spot(at);
    if (source === undefined) {
      this.movedIn(at, stat, over);
      return;
    }
    if (target === undefined) {
      this.movedOut(from, { type: stat[S.mode] & S_IFMT, links: 0, row: stat });
      return;
    }
    const directory = isDirectory(stat[S.mode]);
    const object: Target = { row: stat, at: target };
    this.rename(stat, target);
    const victim = over && this.target(over, target);
    if (victim && over.links > 0 && !directory) this.refresh(target, victim);
    // Across directories the kernel wants to have seen the directory that it moves.
    if (directory && source.slot !== target.slot) this.refresh(source, object);
    const guarded = directory || over?.type === S_IFDIR;
    const instead = [...this.drop(source, directory), ...this.drop(target, over?.type === S_IFDIR)];
    this.expire(source);
    this.expireIfAhead(target);
    this.push(source, {
      kind: InjectKind.RENAME,
      flags: guarded ? InjectFlag.GUARDED : 0,
      parent2: target.slot,
      name2: target.name,
      mode: 0,
      source: object,
      victim,
      instead,
    });
  }

  private exchanged(a: Place, b: Place): void {
    const [one, two] = [this.spot(a), this.spot(b)];
    if (one === undefined || two === undefined) return;
    const atOne = this.observer.look(one.slot, one.name) < 0 ? undefined : this.observer.row.slice();
    const atTwo = this.observer.look(two.slot, two.name) < 0 ? undefined : this.observer.row.slice();
    if (atOne === undefined || atTwo === undefined) return;
    this.rename(atOne, one);
    this.rename(atTwo, two);
    const directories = isDirectory(atOne[S.mode]) || isDirectory(atTwo[S.mode]);
    const instead = [...this.drop(one, isDirectory(atTwo[S.mode])), ...this.drop(two, isDirectory(atOne[S.mode]))];
    for (const spot of [one, two]) this.expire(spot);
    // Before the exchange each name leads to what the other one has now.
    this.push(one, {
      kind: InjectKind.RENAME,
      flags: directories ? InjectFlag.GUARDED : 0,
      parent2: two.slot,
      name2: two.name,
      mode: RENAME_EXCHANGE,
      source: { row: atTwo, at: two },
      victim: { row: atOne, at: one },
      instead,
    });
  }

  private movedIn(at: Place, stat: Uint32Array, over: Victim | undefined, now?: Place): void {
    const spot = this.spot(at);
    if (spot === undefined) return;
    const object: Target = { row: stat, at: (now && this.spot(now)) ?? spot };
    const victim = over && this.target(over, spot);
    if (victim && over.links > 0) this.refresh(spot, victim);
    this.rename(stat, spot);
    const instead = this.drop(spot, over?.type === S_IFDIR);
    this.expireIfAhead(spot);
    const name = `in${this.staged++}`;
    if (isDirectory(stat[S.mode])) this.refresh({ slot: STAGE_SLOT, name }, object);
    this.out.push({
      what: 'inject',
      kind: InjectKind.RENAME,
      flags: isDirectory(stat[S.mode]) ? InjectFlag.GUARDED : 0,
      parent: STAGE_SLOT,
      name,
      parent2: spot.slot,
      name2: spot.name,
      mode: 0,
      source: object,
      victim,
      instead,
    });
  }

  private movedOut(at: Place, victim: Victim): void {
    const spot = this.spot(at);
    if (spot === undefined) return;
    const directory = victim.type === S_IFDIR;
    const name2 = `out${this.staged++}`;
    const source = this.target(victim, spot, false);
    this.expire(spot);
    if (directory) this.refresh(spot, source);
    this.push(spot, {
      kind: InjectKind.RENAME,
      flags: directory ? InjectFlag.GUARDED : 0,
      parent2: STAGE_SLOT,
      name2,
      mode: 0,
      source,
      instead: this.drop(spot, directory),
    });
    this.out.push({ what: 'entry', parent: STAGE_SLOT, name: name2, expire: directory });
  }

  // -- inodes ----------------------------------------------------------------------------------------------------------

  private modified(at: Place, stat: Uint32Array): void {
    this.touch(at, stat, InjectFlag.OMIT_ATIME);
  }

  private attributes(at: Place, stat: Uint32Array): void {
    this.touch(at, stat, 0);
  }

  private touch(at: Place, stat: Uint32Array, flags: number): void {
    const spot = this.spot(at);
    if (spot === undefined) return;
    const instead = this.invalidate(stat);
    this.out.push(...instead);
    this.push(spot, { kind: InjectKind.TIMES, flags, times: stat, source: { row: stat, at: spot }, instead });
  }

  /**
   * `modified`: that too. False if this file is not to be opened for writing. Its content is dropped in any case: of a file that
   * both sides write, this may be the only word of the host's part.
   */
  private written(at: Place, stat: Uint32Array, modified: boolean): boolean {
    const spot = this.spot(at);
    if (spot === undefined) return true;
    const instead = this.invalidate(stat);
    this.out.push(...instead);
    // A program that is being written cannot be executed, and here it would only seem to be.
    if ((stat[S.mode] & S_IFMT) !== S_IFREG || (stat[S.mode] & EXECUTABLE) !== 0) return false;
    const flags = InjectFlag.OMIT_ATIME | (modified ? InjectFlag.TOUCH : 0);
    this.push(spot, { kind: InjectKind.WRITTEN, flags, times: stat, source: { row: stat, at: spot }, instead });
    return true;
  }

  private invalidate(stat: Uint32Array): InvalidateInode[] {
    const node = this.observer.nodeOf(stat);
    return node < 0 ? [] : [{ what: 'inode', node }];
  }

  // -- parts -----------------------------------------------------------------------------------------------------------

  private inject(
    spot: Spot,
    call: Omit<Inject, 'what' | 'parent' | 'name' | 'instead' | 'flags'> & { flags?: number },
    directory = false,
  ): void {
    this.expireIfAhead(spot);
    this.push(spot, { ...call, flags: call.flags ?? 0, instead: this.drop(spot, directory) });
  }

  private push({ slot, name }: Spot, call: Omit<Inject, 'what' | 'parent' | 'name'>): void {
    this.out.push({ what: 'inject', parent: slot, name, ...call });
  }

  /** The guest has looked the name up since, and knows what is there now: it is to ask again while the call is made. */
  private expireIfAhead({ slot, name }: Spot): void {
    if (this.ahead.take(slot, name)) this.out.push({ what: 'entry', parent: slot, name, expire: true });
  }

  /**
   * Before a rename: the kernel moves the entry that it has, with the time for which it may use it, to a name of which the guest may
   * know something newer by then.
   */
  private expire({ slot, name }: Spot): void {
    this.ahead.take(slot, name);
    this.out.push({ what: 'entry', parent: slot, name, expire: true });
  }

  /** What makes the guest ask again for a name, and for the times of the directory. */
  private drop({ slot, name }: Spot, directory: boolean): (InvalidateEntry | InvalidateInode)[] {
    return [
      { what: 'entry', parent: slot, name, expire: directory },
      { what: 'inode', node: slot },
    ];
  }

  private spot(place: Place): Spot | undefined {
    const slot = this.directories.slotOf(place.directory);
    return slot < 0 ? undefined : { slot, name: place.name };
  }

  /** The node of the object, if there is one, is found under its new name from now on. */
  private rename(stat: Uint32Array, { slot, name }: Spot): void {
    const node = this.observer.nodeOf(stat);
    if (node <= 0) return;
    const bytes = Buffer.from(name, 'latin1');
    this.c.nodes.setName(node, slot, bytes, 0, bytes.length);
  }

  /** `gone`: the call counts one link down. */
  private target({ type, links, row }: Victim, spot: Spot, gone = true): Target {
    const known = row ?? this.observer.stranger(type);
    const more = gone && type !== S_IFDIR ? links + 1 : undefined;
    return { row: known, at: gone ? undefined : spot, links: more };
  }
}

function samePlace(a: Place, b: Place): boolean {
  return a.directory === b.directory && a.name === b.name;
}
