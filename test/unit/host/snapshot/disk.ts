/** A file system as small as it can be: inodes, directories, a clock that ticks with every change, and the events of a watcher. */

import { S } from '../../../../host/snapshot/stat.js';
import { S_IFDIR, S_IFREG } from '../../../../protocol/linux.js';

export interface Inode {
  readonly ino: number;
  readonly birth: number;
  mode: number;
  nlink: number;
  uid: number;
  size: number;
  mtime: number;
  ctime: number;
  /** of a directory */
  readonly entries?: Map<string, Inode>;
}

export interface Event {
  readonly directory: number;
  readonly name: string;
}

export const isDir = (inode: Inode | undefined) => inode?.entries !== undefined;

export function row(inode: Inode): Uint32Array {
  const words = new Uint32Array(S.words);
  words[S.inoLo] = inode.ino;
  words[S.birth] = inode.birth;
  words[S.mode] = inode.mode;
  words[S.nlink] = inode.nlink;
  words[S.uid] = inode.uid;
  words[S.sizeLo] = inode.size;
  words[S.mtimeLo] = inode.mtime;
  words[S.ctimeLo] = inode.ctime;
  return words;
}

/** Paths are an inode number of a directory and a name. Operations that cannot be done are undefined and do nothing. */
export class Disk {
  readonly root: Inode;
  readonly directories = new Map<number, Inode>();
  readonly events: Event[] = [];
  private clock = 1;
  private lastIno = 1;

  constructor() {
    this.root = this.make(true);
  }

  private make(directory: boolean): Inode {
    const now = ++this.clock;
    const inode: Inode = {
      ino: ++this.lastIno,
      birth: now,
      mode: directory ? S_IFDIR | 0o755 : S_IFREG | 0o644,
      nlink: directory ? 2 : 0,
      uid: 0,
      size: 0,
      mtime: now,
      ctime: now,
      ...(directory && { entries: new Map() }),
    };
    if (directory) this.directories.set(inode.ino, inode);
    return inode;
  }

  private changed(directory: Inode, name: string): void {
    directory.mtime = directory.ctime = ++this.clock;
    this.events.push({ directory: directory.ino, name });
  }

  at(directory: number, name: string): Inode | undefined {
    return this.directories.get(directory)?.entries?.get(name);
  }

  create(directory: number, name: string, asDirectory = false): Inode | undefined {
    const where = this.directories.get(directory);
    if (!where || where.entries!.has(name)) return undefined;
    const inode = this.make(asDirectory);
    if (!asDirectory) inode.nlink = 1;
    where.entries!.set(name, inode);
    this.changed(where, name);
    return inode;
  }

  write(directory: number, name: string, bytes = 1): Inode | undefined {
    const inode = this.at(directory, name);
    if (!inode || isDir(inode)) return undefined;
    inode.size += bytes;
    inode.mtime = inode.ctime = ++this.clock;
    this.events.push({ directory, name });
    return inode;
  }

  chmod(directory: number, name: string): Inode | undefined {
    const inode = this.at(directory, name);
    if (!inode) return undefined;
    inode.mode ^= 0o011;
    inode.ctime = ++this.clock;
    this.events.push({ directory, name });
    return inode;
  }

  link(directory: number, name: string, to: number, newName: string): Inode | undefined {
    const inode = this.at(directory, name);
    const where = this.directories.get(to);
    if (!inode || !where || isDir(inode) || where.entries!.has(newName)) return undefined;
    inode.nlink++;
    inode.ctime = ++this.clock;
    where.entries!.set(newName, inode);
    this.changed(where, newName);
    return inode;
  }

  /** unlink or rmdir */
  remove(directory: number, name: string): Inode | undefined {
    const inode = this.at(directory, name);
    if (!inode || (inode.entries && inode.entries.size > 0)) return undefined;
    this.drop(inode);
    this.directories.get(directory)!.entries!.delete(name);
    this.changed(this.directories.get(directory)!, name);
    return inode;
  }

  rename(from: number, name: string, to: number, newName: string): { moved: Inode; victim?: Inode } | undefined {
    const inode = this.at(from, name);
    const where = this.directories.get(to);
    if (!inode || !where || this.within(where, inode)) return undefined;
    const victim = where.entries!.get(newName);
    if (victim === inode) return undefined;
    if (victim && (isDir(victim) !== isDir(inode) || (victim.entries && victim.entries.size > 0))) return undefined;
    if (victim) this.drop(victim);
    this.directories.get(from)!.entries!.delete(name);
    where.entries!.set(newName, inode);
    inode.ctime = ++this.clock;
    this.changed(this.directories.get(from)!, name);
    this.changed(where, newName);
    return { moved: inode, ...(victim && { victim }) };
  }

  exchange(a: number, nameA: string, b: number, nameB: string): { atA: Inode; atB: Inode } | undefined {
    const [one, other] = [this.at(a, nameA), this.at(b, nameB)];
    if (!one || !other || one === other) return undefined;
    const [whereA, whereB] = [this.directories.get(a)!, this.directories.get(b)!];
    if (this.within(whereA, other) || this.within(whereB, one)) return undefined;
    whereA.entries!.set(nameA, other);
    whereB.entries!.set(nameB, one);
    one.ctime = other.ctime = ++this.clock;
    this.changed(whereA, nameA);
    this.changed(whereB, nameB);
    return { atA: other, atB: one };
  }

  private drop(inode: Inode): void {
    inode.nlink = isDir(inode) ? 0 : inode.nlink - 1;
    inode.ctime = ++this.clock;
    if (isDir(inode)) this.directories.delete(inode.ino);
  }

  private within(inode: Inode, ancestor: Inode): boolean {
    if (inode === ancestor) return true;
    for (const child of ancestor.entries?.values() ?? []) if (isDir(child) && this.within(inode, child)) return true;
    return false;
  }
}
