/** What a guest believes, as plain maps: changed by what it did itself, and by changes that are told to it, each checked on arrival. */
import assert from 'node:assert/strict';
import type { Change, Place } from '../../../../host/snapshot/changes.js';
import { isDirectory, S } from '../../../../host/snapshot/stat.js';

export interface Seen {
  ino: number;
  mode: number;
  uid: number;
  nlink: number;
  size: number;
  mtime: number;
  ctime: number;
}

export function seen(stat: Uint32Array, at = 0): Seen {
  return {
    ino: stat[at + S.inoLo],
    mode: stat[at + S.mode],
    uid: stat[at + S.uid],
    nlink: stat[at + S.nlink],
    size: stat[at + S.sizeLo],
    mtime: stat[at + S.mtimeLo],
    ctime: stat[at + S.ctimeLo],
  };
}

export class View {
  readonly inodes = new Map<number, Seen>();
  /** by inode number of the directory */
  readonly directories = new Map<number, Map<string, number>>();
  private readonly staged = new Set<number>();

  /** `number`: the inode number of the directory with this snapshot id. */
  constructor(private readonly number: (id: number) => number) {}

  get(place: Place): number | undefined {
    return this.directories.get(this.number(place.directory))?.get(place.name);
  }

  set(place: Place, ino: number): void {
    const directory = this.directories.get(this.number(place.directory));
    assert.ok(directory, 'the directory exists');
    directory.set(place.name, ino);
  }

  /** What the guest did itself: a directory is never at two names in its kernel. */
  put(place: Place, ino: number): void {
    for (const names of this.directories.has(ino) ? this.directories.values() : []) {
      for (const [name, other] of names) if (other === ino) names.delete(name);
    }
    this.set(place, ino);
  }

  delete(place: Place): void {
    assert.ok(this.directories.get(this.number(place.directory))?.delete(place.name), `${place.name} is there`);
  }

  /** An inode as a reply or a change shows it. */
  meet(stat: Uint32Array, at = 0): void {
    const now = seen(stat, at);
    this.inodes.set(now.ino, now);
  }

  /** A name that a first listing shows; an inode of which no name was known is looked at. */
  learn(directory: Map<string, number>, name: string, stat: Uint32Array): void {
    const ino = stat[S.inoLo];
    if (![...this.directories.values()].some((names) => [...names.values()].includes(ino))) this.meet(stat);
    directory.set(name, ino);
  }

  /** Carries a change out; throws if it is none or cannot be done now. */
  apply(change: Change): void {
    const about = JSON.stringify({ ...change, stat: undefined });
    const there = this.get(change.at);
    switch (change.kind) {
      case 'created':
      case 'moved-in':
        if (change.over) this.end(change.at, change.over.type, about);
        else assert.equal(there, undefined, `the name is free: ${about}`);
        if (!this.staged.delete(change.stat[S.inoLo])) this.meet(change.stat);
        this.set(change.at, change.stat[S.inoLo]);
        break;
      case 'linked':
        assert.equal(there, undefined, `the name is free: ${about}`);
        assert.equal(this.get(change.of), change.stat[S.inoLo], `what it links to: ${about}`);
        this.set(change.at, change.stat[S.inoLo]);
        break;
      case 'removed':
      case 'moved-out': {
        const ino = this.get(change.at)!;
        if (change.kind === 'moved-out') this.staged.add(ino);
        else if (this.directories.has(ino)) assert.equal(this.directories.get(ino)!.size, 0, `it is empty: ${about}`);
        this.delete(change.at);
        break;
      }
      case 'moved': {
        const ino = this.get(change.from);
        assert.equal(ino, change.stat[S.inoLo], `it is there: ${about}`);
        assert.equal(this.within(this.number(change.at.directory), ino!), false, `not below itself: ${about}`);
        if (change.over) this.end(change.at, change.over.type, about);
        else assert.equal(there, undefined, `the name is free: ${about}`);
        this.delete(change.from);
        this.set(change.at, ino!);
        break;
      }
      case 'exchanged': {
        const other = this.get(change.with);
        assert.ok(there !== undefined && other !== undefined && there !== other, `both are there: ${about}`);
        this.set(change.at, other);
        this.set(change.with, there);
        break;
      }
      case 'replaced':
        this.end(change.at, change.over.type, about);
        this.meet(change.stat);
        this.set(change.at, change.stat[S.inoLo]);
        break;
      case 'modified':
      case 'attributes': {
        const now = seen(change.stat);
        assert.equal(there, now.ino, `it is there: ${about}`);
        const old = this.inodes.get(now.ino)!;
        const fields =
          change.kind === 'modified' ? (['size', 'mtime'] as const) : (['mode', 'uid', 'nlink', 'ctime'] as const);
        assert.ok(
          fields.some((field) => old[field] !== now[field]),
          `there is a change: ${about} ${JSON.stringify(old)}`,
        );
        for (const field of fields) old[field] = now[field];
      }
    }
  }

  private end(place: Place, type: number, about: string): void {
    const ino = this.get(place);
    assert.ok(ino !== undefined, `there is something to replace: ${about}`);
    assert.equal(isDirectory(type), isDirectory(this.inodes.get(ino)!.mode), about);
    assert.equal(this.directories.get(ino)?.size ?? 0, 0, `it is empty: ${about}`);
  }

  private within(directory: number, ancestor: number): boolean {
    if (directory === ancestor) return true;
    for (const child of this.directories.get(ancestor)?.values() ?? []) if (this.within(directory, child)) return true;
    return false;
  }
}
