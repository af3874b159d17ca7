/** A disk, the snapshots of it, what the guest believes, and those who act: guest operations, the host, a watcher. */
import assert from 'node:assert/strict';
import { Batch, type Limits } from '../../../../host/snapshot/batch.js';
import type { Change } from '../../../../host/snapshot/changes.js';
import { compare } from '../../../../host/snapshot/compare.js';
import type { DirectorySnapshot } from '../../../../host/snapshot/directory.js';
import { Listing } from '../../../../host/snapshot/listing.js';
import { Snapshots } from '../../../../host/snapshot/snapshots.js';
import { isDirectory, S } from '../../../../host/snapshot/stat.js';
import { Disk, type Inode, isDir, row } from './disk.js';
import { type Seen, View } from './view.js';

const bytes = (name: string) => Buffer.from(name, 'latin1');

export class World {
  readonly disk = new Disk();
  readonly snapshots = new Snapshots();
  readonly batch: Batch;
  readonly changes: Change[] = [];
  /** what the guest's kernel has locked, by inode number */
  readonly locked = new Set<number>();
  private readonly numbers = new Map<number, number>();
  private readonly ids = new Map<number, number>();
  readonly view = new View((id) => this.numbers.get(id)!);

  /** `prepare` fills the disk before anybody looks. */
  constructor(prepare: (disk: Disk) => void, limits?: Limits) {
    this.batch = new Batch(limits);
    prepare(this.disk);
    this.open(row(this.disk.root));
    this.settle();
    this.disk.events.length = 0;
    assert.deepEqual(this.changes, []);
  }

  private open(stat: Uint32Array): void {
    const directory = this.snapshots.open(stat);
    if (this.numbers.has(directory.id)) return;
    this.numbers.set(directory.id, stat[S.inoLo]);
    this.ids.set(stat[S.inoLo], directory.id);
    this.view.directories.set(stat[S.inoLo], new Map());
    this.batch.whole(directory.id);
  }

  /** The snapshot of the directory with this inode number. */
  of(ino: number): DirectorySnapshot | undefined {
    return this.snapshots.get(this.ids.get(ino) ?? -1);
  }

  numberOf(directory: DirectorySnapshot): number {
    return this.numbers.get(directory.id)!;
  }

  /** The guest made a directory: it knows all that is in it, until the host puts something there. */
  made(stat: Uint32Array): void {
    this.open(stat);
  }

  /** One round of the watcher, in steps. */
  *watcher(): Generator<void> {
    for (const { directory, name } of this.disk.events.splice(0)) {
      const snapshot = this.of(directory);
      if (snapshot) this.batch.name(snapshot.id, name);
    }
    const work = this.batch.take();
    const look = this.snapshots.inFlight.look();
    yield;
    const dirty = work === 'everything' ? [...this.snapshots.all()].map(({ id }) => [id, 'whole'] as const) : work;
    const listings: Listing[] = [];
    for (const [id, names] of dirty) {
      const snapshot = this.snapshots.get(id);
      if (!snapshot) continue;
      const entries = this.disk.directories.get(this.numbers.get(id)!)?.entries ?? new Map<string, Inode>();
      const listing = new Listing(snapshot, names === 'whole');
      for (const name of names === 'whole' ? entries.keys() : names.keys()) {
        const inode = entries.get(name);
        if (inode) listing.add(bytes(name), row(inode));
        else listing.addAbsent(bytes(name));
      }
      listings.push(listing);
    }
    yield;
    const { changes, again } = compare(this.snapshots, listings, look);
    for (const change of changes) this.view.apply(change);
    this.changes.push(...changes);
    this.batch.again(again);
    this.learn(listings);
  }

  /** What the first listing of a directory showed, and directories that are new. */
  private learn(listings: Listing[]): void {
    const { entries, inodes } = this.snapshots;
    for (const { directory } of listings) {
      if (this.snapshots.get(directory.id) !== directory) continue;
      const known = this.view.directories.get(this.numbers.get(directory.id)!)!;
      for (const slot of directory.slots()) {
        const stat = new Uint32Array(S.words).map((_, i) => inodes.get(entries.inode[slot], i));
        if (!known.has(entries.name(slot))) {
          this.view.learn(known, entries.name(slot), stat);
        }
        if (isDirectory(stat[S.mode])) this.open(stat);
      }
    }
  }

  /** The watcher works until nothing is left. */
  settle(): void {
    for (let round = 0; this.disk.events.length > 0 || !this.batch.empty; round++) {
      assert.ok(round < 50, 'the watcher comes to an end');
      for (const _ of this.watcher());
    }
  }

  /** Disk, snapshots and the guest's belief are one. */
  check(): void {
    const { entries, inodes } = this.snapshots;
    const [onDisk, known, believed]: [string[], string[], string[]] = [[], [], []];
    const objects = new Set<number>();
    for (const { ino: directory, entries: children } of this.disk.directories.values()) {
      objects.add(directory);
      for (const [name, inode] of children!) {
        objects.add(inode.ino);
        onDisk.push(line(directory, name, inode, isDir(inode)));
      }
      for (const [name, ino] of this.view.directories.get(directory) ?? []) {
        const belief = this.view.inodes.get(ino)!;
        // Its link count and ctime follow those of the disk without being told when a name of it came or went.
        const { nlink, ctime } = children!.get(name) ?? belief;
        believed.push(line(directory, name, { ...belief, nlink, ctime }, isDirectory(belief.mode)));
      }
      const snapshot = this.of(directory);
      assert.ok(snapshot?.complete, `directory ${directory} is known (${snapshot?.complete})`);
      for (const slot of snapshot.slots()) {
        const get = (field: number) => inodes.get(entries.inode[slot], field);
        const stat = { ino: get(S.inoLo), mode: get(S.mode), uid: get(S.uid), nlink: get(S.nlink) };
        const times = { size: get(S.sizeLo), mtime: get(S.mtimeLo), ctime: get(S.ctimeLo) };
        known.push(line(directory, entries.name(slot), { ...stat, ...times }, isDirectory(stat.mode)));
      }
    }
    assert.equal(known.sort().join('\n'), onDisk.sort().join('\n'), 'the snapshots say what is on the disk');
    assert.equal(believed.sort().join('\n'), onDisk.join('\n'), 'the guest believes what is on the disk');
    assert.equal([...this.snapshots.all()].length, this.disk.directories.size, 'no snapshot of what is gone');
    assert.equal(inodes.size, objects.size, 'no inode is kept that has no name');
    assert.equal(this.snapshots.inFlight.size, 0);
  }
}

/** A name with all that is to be equal: times, size and links of a directory follow its entries, and nobody is told. */
function line(
  directory: number,
  name: string,
  { ino, mode, uid, nlink, size, mtime, ctime }: Seen,
  folder: boolean,
): string {
  return `${directory}/${name} ${ino} ${mode} ${uid}${folder ? '' : ` ${nlink} ${size} ${mtime} ${ctime}`}`;
}
