/**
 * Guest operations in their four steps: mark, system call, stat, recorded. The host may act between any two. Two operations of the
 * guest are never under way at one inode, nor in one directory: its kernel holds their locks until the reply.
 */
import { Field } from '../../../../host/snapshot/snapshots.js';
import { S } from '../../../../host/snapshot/stat.js';
import { type Disk, type Inode, row } from './disk.js';
import type { World } from './world.js';

/** An operation of either side: kind, a place and, for some, a second one. Places: number of a directory, name. */
export interface Op {
  readonly kind: 'create' | 'mkdir' | 'write' | 'chmod' | 'remove' | 'rename' | 'link' | 'exchange';
  readonly at: readonly [number, string];
  readonly to?: readonly [number, string];
}

/** What it made: the object at `at` or, for two places, those at both. */
interface Done {
  readonly inode: Inode;
  readonly other?: Inode | undefined;
}

export function perform(disk: Disk, { kind, at, to }: Op): Done | undefined {
  const one = (inode: Inode | undefined) => inode && { inode };
  switch (kind) {
    case 'create':
    case 'mkdir':
      return one(disk.create(...at, kind === 'mkdir'));
    case 'write':
      return one(disk.write(...at));
    case 'chmod':
      return one(disk.chmod(...at));
    case 'remove':
      return one(disk.remove(...at));
    case 'link':
      return one(disk.link(...at, ...to!));
    case 'rename': {
      const done = disk.rename(...at, ...to!);
      return done && { inode: done.moved, other: done.victim };
    }
    case 'exchange': {
      const done = disk.exchange(...at, ...to!);
      return done && { inode: done.atA, other: done.atB };
    }
  }
}

export function* guestOperation(world: World, op: Op): Generator<void> {
  const { snapshots, disk } = world;
  const a = world.of(op.at[0]);
  const b = op.to && world.of(op.to[0]);
  // A directory that the guest does not know is none it can do anything in.
  if (!a || (op.to && !b)) return;
  const nameA = Buffer.from(op.at[1]);
  const nameB = Buffer.from(op.to?.[1] ?? '');
  const locks = () => {
    const objects = [disk.at(...op.at), op.to && disk.at(...op.to)].map((inode) => inode?.ino);
    const parents = op.kind === 'write' || op.kind === 'chmod' ? [] : [op.at[0], op.to?.[0]];
    return [...objects, ...parents].filter((ino) => ino !== undefined);
  };
  while (locks().some((ino) => world.locked.has(ino))) yield;
  const locked = locks();
  for (const ino of locked) world.locked.add(ino);
  const held = [disk.at(...op.at), op.to && disk.at(...op.to)];
  const names = [[a, op.at[1]] as const, ...(b ? [[b, op.to![1]] as const] : [])];
  const mark = snapshots.begin(
    names,
    held.filter((inode) => inode !== undefined).map((inode) => row(inode)),
  );
  yield;
  // The daemon holds what it looked up, and refuses if something else is there by now.
  const same = disk.at(...op.at) === held[0] && (!op.to || disk.at(...op.to) === held[1]);
  const done = same ? perform(disk, op) : undefined;
  yield;
  const stats = done && { inode: row(done.inode), other: done.other && row(done.other) };
  yield;
  if (stats) record(world, op, stats.inode, stats.other);
  snapshots.inFlight.end(mark);
  for (const ino of locked) world.locked.delete(ino);

  function record({ snapshots, view }: World, { kind, at, to }: Op, stat: Uint32Array, other?: Uint32Array): void {
    const place = { directory: a!.id, name: at[1] };
    const second = to && { directory: b!.id, name: to[1] };
    const links = (of: Uint32Array) => {
      const known = view.inodes.get(of[S.inoLo]);
      if (known) Object.assign(known, { nlink: of[S.nlink], ctime: of[S.ctimeLo] });
      else view.meet(of);
    };
    switch (kind) {
      case 'create':
      case 'mkdir':
        snapshots.added(a!, nameA, stat);
        view.meet(stat);
        view.put(place, stat[S.inoLo]);
        if (kind === 'mkdir') world.made(stat);
        break;
      case 'write':
        snapshots.changed(stat, Field.SIZE | Field.MTIME);
        Object.assign(view.inodes.get(stat[S.inoLo]) ?? {}, {
          size: stat[S.sizeLo],
          mtime: stat[S.mtimeLo],
          ctime: stat[S.ctimeLo],
        });
        break;
      case 'chmod':
        snapshots.changed(stat, Field.MODE);
        Object.assign(view.inodes.get(stat[S.inoLo]) ?? {}, { mode: stat[S.mode], ctime: stat[S.ctimeLo] });
        break;
      case 'remove':
        snapshots.removed(a!, nameA, stat);
        view.directories.get(world.numberOf(a!))!.delete(at[1]);
        links(stat);
        break;
      case 'link':
        snapshots.added(b!, nameB, stat);
        links(stat);
        view.put(second!, stat[S.inoLo]);
        break;
      case 'rename':
        snapshots.renamed(a!, nameA, b!, nameB, stat, other);
        links(stat);
        view.directories.get(world.numberOf(a!))!.delete(at[1]);
        view.put(second!, stat[S.inoLo]);
        break;
      case 'exchange':
        snapshots.exchanged(a!, nameA, b!, nameB, stat, other!);
        links(stat);
        links(other!);
        view.put(place, stat[S.inoLo]);
        view.put(second!, other![S.inoLo]);
    }
  }
}
