/**
 * The snapshots of one share, and how the guest's own mutations get into them.
 *
 * A mutation is recorded when its system calls are done and before it is answered, with stats made after them. It takes over only
 * what it can have changed itself: a rename the ctime and the link count, not the size, so that what the host did
 * to the same file meanwhile is still a difference when its event is read.
 */
import { DirectorySnapshot } from './directory.js';
import { EntryTable } from './entries.js';
import { InFlight } from './in-flight.js';
import { InodeTable } from './inodes.js';
import { inodeHash } from './name-index.js';
import { isDirectory, S } from './stat.js';

/** What an operation on an inode changed, beside its ctime. */
export const Field = { MODE: 1, OWNER: 2, SIZE: 4, MTIME: 8 } as const;

export class Snapshots {
  readonly inodes = new InodeTable();
  readonly entries = new EntryTable(this.inodes);
  readonly inFlight = new InFlight();
  private readonly live = new Map<number, DirectorySnapshot>();
  private lastId = 0;

  /** The snapshot of this directory; an empty, incomplete one if there was none. Stats here and below: row of {@link S}. */
  open(stat: Uint32Array, at = 0): DirectorySnapshot {
    const inode = this.inodes.enter(stat, at);
    const known = this.live.get(this.inodes.directory[inode]);
    if (known) return known;
    const directory = new DirectorySnapshot(++this.lastId, inode, this.entries);
    this.inodes.directory[inode] = directory.id;
    this.live.set(directory.id, directory);
    return directory;
  }

  /** By its id, which is never given twice. */
  get(id: number): DirectorySnapshot | undefined {
    return this.live.get(id);
  }

  /** All snapshots, oldest first. */
  all(): Iterable<DirectorySnapshot> {
    return this.live.values();
  }

  /** Forgets a directory's names. Snapshots of directories below, if they have a name nowhere else, end with it. */
  drop(first: DirectorySnapshot): void {
    const ending = [first];
    for (let directory = ending.pop(); directory; directory = ending.pop()) {
      const below = [...directory.slots()].map((slot) => this.inodes.directory[this.entries.inode[slot]]);
      directory.clear();
      this.live.delete(directory.id);
      this.inodes.directory[directory.inode] = -1;
      this.inodes.release(directory.inode);
      for (const id of below) {
        const child = this.live.get(id);
        if (child && this.inodes.names[child.inode] === 0) ending.push(child);
      }
    }
  }

  /** Bytes of all tables. */
  get byteLength(): number {
    let bytes = this.inodes.byteLength + this.entries.byteLength;
    for (const directory of this.live.values()) bytes += directory.byteLength;
    return bytes;
  }

  /**
   * A guest operation is about to change these names of directories and these objects (their stats). It counts as one at
   * the directories too: they are not judged gone while it is under way. Result: for `inFlight.end`.
   */
  begin(names: readonly (readonly [DirectorySnapshot, string])[], objects: readonly Uint32Array[]) {
    const { device, inoLo, inoHi } = this.inodes;
    const hashes = objects.map((stat) => inodeHash(stat[S.device], stat[S.inoLo], stat[S.inoHi]));
    for (const [{ inode }] of names) hashes.push(inodeHash(device[inode], inoLo[inode], inoHi[inode]));
    return this.inFlight.begin(
      names.map(([directory, name]) => ({ directory: directory.id, name })),
      hashes,
    );
  }

  // -- the guest's mutations ---------------------------------------------------------------------------------------

  /** create, mkdir, symlink, mknod, link: `stat` is the object's after it. */
  added(directory: DirectorySnapshot, name: Uint8Array, stat: Uint32Array, at = 0): void {
    this.bind(directory, name, this.known(stat, at));
  }

  /** unlink, rmdir. `stat`: of the object after it, if it has links left or may be open; else it may be missing. */
  removed(directory: DirectorySnapshot, name: Uint8Array, stat?: Uint32Array, at = 0): void {
    const slot = directory.find(name, 0, name.length);
    if (slot >= 0) this.unbind(slot);
    if (stat) this.relinked(stat, at);
  }

  /** rename, also over another object: `stat` is what has the new name after it, `victim` what had it, if it has links left. */
  renamed(
    from: DirectorySnapshot,
    oldName: Uint8Array,
    to: DirectorySnapshot,
    newName: Uint8Array,
    stat: Uint32Array,
    victim?: Uint32Array,
  ): void {
    const source = from.find(oldName, 0, oldName.length);
    const target = to.find(newName, 0, newName.length);
    const inode = this.known(stat, 0);
    // Two names of one inode: rename(2) leaves both alone.
    if (source >= 0 && target >= 0 && this.entries.inode[source] === this.entries.inode[target]) return;
    this.bind(to, newName, inode);
    if (from.find(oldName, 0, oldName.length) === source && source >= 0) this.unbind(source);
    if (victim) this.relinked(victim, 0);
  }

  /** RENAME_EXCHANGE: the stats are of what has each name after it. */
  exchanged(
    a: DirectorySnapshot,
    nameOfA: Uint8Array,
    b: DirectorySnapshot,
    nameOfB: Uint8Array,
    statAtA: Uint32Array,
    statAtB: Uint32Array,
  ): void {
    const [atA, atB] = [this.known(statAtA, 0), this.known(statAtB, 0)];
    // Neither may lose its last name on the way: its snapshot would go with it.
    this.inodes.names[atA]++;
    this.inodes.names[atB]++;
    this.bind(a, nameOfA, atA);
    this.bind(b, nameOfB, atB);
    this.inodes.names[atA]--;
    this.inodes.names[atB]--;
  }

  /** setattr, write, truncate, fallocate, setxattr …: what `fields` (of {@link Field}) say, by whatever name. */
  changed(stat: Uint32Array, fields: number, at = 0): void {
    const inode = this.inodes.find(stat, at);
    if (inode < 0) return;
    if (fields & Field.MODE) this.inodes.take(inode, stat, at, S.mode, S.mode + 1);
    if (fields & Field.OWNER) this.inodes.take(inode, stat, at, S.uid, S.gid + 1);
    if (fields & Field.SIZE) this.inodes.take(inode, stat, at, S.sizeLo, S.sizeHi + 1);
    if (fields & Field.MTIME) this.inodes.take(inode, stat, at, S.mtimeLo, S.mtimeHi + 1);
    this.inodes.take(inode, stat, at, S.ctimeLo, S.ctimeHi + 1);
    if (isDirectory(stat[at + S.mode])) this.inodes.take(inode, stat, at, S.sizeLo, S.ctimeHi + 1);
  }

  // -- the steps of both sides' changes ----------------------------------------------------------------------------

  /** The name leads to the inode. What it led to before ends if it had no other name. */
  bind(directory: DirectorySnapshot, name: Uint8Array, inode: number): void {
    if (this.live.get(directory.id) !== directory) {
      // It left the share while the operation was under way.
      this.inodes.release(inode);
      return;
    }
    const slot = directory.find(name, 0, name.length);
    const old = slot >= 0 ? this.entries.inode[slot] : -1;
    if (old === inode) return;
    const now = directory.put(name, 0, name.length, inode);
    if (old >= 0) this.ended(old);
    if (!isDirectory(this.inodes.get(inode, S.mode))) return;
    // A directory has one name: any other is one that the host has taken away, and nobody has looked yet.
    for (let other = this.inodes.first[inode]; other >= 0; other = this.inodes.first[inode]) {
      if (other === now) other = this.entries.sibling(other);
      if (other < 0) break;
      this.unbind(other);
    }
  }

  unbind(slot: number): void {
    const inode = this.entries.inode[slot];
    this.live.get(this.entries.directory[slot])!.remove(slot);
    this.ended(inode);
  }

  private ended(inode: number): void {
    const directory = this.live.get(this.inodes.directory[inode]);
    if (directory?.inode === inode && this.inodes.names[inode] === 0) this.drop(directory);
  }

  /** The inode's slot, made if it is new; of one that is known, only ctime and link count are taken over. */
  private known(stat: Uint32Array, at: number): number {
    if (this.relinked(stat, at)) return this.inodes.find(stat, at);
    return this.inodes.enter(stat, at);
  }

  private relinked(stat: Uint32Array, at: number): boolean {
    const inode = this.inodes.find(stat, at);
    if (inode < 0) return false;
    this.inodes.take(inode, stat, at, S.nlink, S.nlink + 1);
    this.inodes.take(inode, stat, at, S.ctimeLo, S.ctimeHi + 1);
    return true;
  }
}
