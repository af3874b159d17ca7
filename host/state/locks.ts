/**
 * POSIX and OFD record locks of the guest, held as real locks on the host so that host processes see them too.
 *
 * Each (file, lock owner) of the guest has an open file description of its own on the host and takes OFD locks
 * (F_OFD_SETLK) with it: the host kernel then resolves conflicts between guest owners, other guests and host programs. What is kept
 * here are the ranges, for two things the host cannot say: the guest pid that holds a lock (GETLK), and whether a wait would
 * close a circle (EDEADLK; OFD locks are not checked by the kernel).
 *
 * An owner's locks on a file end with FLUSH (any close by that process, POSIX) or with RELEASE of every handle they were
 * taken through (OFD locks have no FLUSH of their own).
 */
import type { Os } from '../../native/os.js';
import { F_UNLCK } from '../../protocol/linux.js';
import { LockRanges } from './lock-ranges.js';

/** A lock owner's presence on one file. */
export interface OwnerLocks {
  readonly node: number;
  /** the guest kernel's 64-bit owner id, as text */
  readonly owner: string;
  readonly fd: number;
  /** access mode of fd (O_RDONLY, O_WRONLY, O_RDWR) */
  readonly access: number;
  readonly ranges: LockRanges;
  /** slots of the handles that locks were taken through */
  readonly handles: Set<number>;
  readonly waits: Set<Wait>;
  pid: number;
}

export interface Wait {
  readonly unique: string;
  readonly by: OwnerLocks;
  readonly start: bigint;
  readonly end: bigint;
  readonly type: number;
}

export class LockTable {
  private readonly files = new Map<number, Map<string, OwnerLocks>>();
  /** by unique of the waiting SETLKW */
  private readonly waiting = new Map<string, Wait>();

  constructor(
    private readonly os: Os,
    /** takes every lock of this descriptor back: {start 0, end of file, F_UNLCK} */
    private readonly unlockAll: (fd: number) => void,
  ) {}

  /** Whether a wait is under way, or has ended without having been noted. */
  get anyWaits(): boolean {
    return this.waiting.size > 0;
  }

  /** Owners with a descriptor open here; for statistics and tests. */
  get size(): number {
    let count = 0;
    for (const owners of this.files.values()) count += owners.size;
    return count;
  }

  find(node: number, owner: string): OwnerLocks | undefined {
    return this.files.get(node)?.get(owner);
  }

  /** Adopts `fd` as the owner's description. */
  add(node: number, owner: string, fd: number, access: number): OwnerLocks {
    const locks: OwnerLocks = {
      node,
      owner,
      fd,
      access,
      ranges: new LockRanges(),
      handles: new Set(),
      waits: new Set(),
      pid: 0,
    };
    const owners = this.files.get(node);
    if (owners) owners.set(owner, locks);
    else this.files.set(node, new Map([[owner, locks]]));
    return locks;
  }

  /** The pid of a guest process that holds a conflicting lock, or 0: then somebody on the host does. */
  holder(node: number, owner: string, start: bigint, end: bigint, type: number): number {
    for (const other of this.files.get(node)?.values() ?? []) {
      if (other.owner !== owner && other.ranges.conflicts(start, end, type)) return other.pid;
    }
    return 0;
  }

  /** Whether waiting for this lock would wait, through others, for itself. */
  wouldDeadlock(node: number, owner: string, start: bigint, end: bigint, type: number): boolean {
    const seen = new Set<string>();
    const reaches = (n: number, waiter: string, s: bigint, e: bigint, t: number): boolean => {
      for (const other of this.files.get(n)?.values() ?? []) {
        if (other.owner === waiter || !other.ranges.conflicts(s, e, t)) continue;
        if (other.owner === owner) return true;
        if (seen.has(other.owner)) continue;
        seen.add(other.owner);
        for (const wait of this.waiting.values()) {
          if (wait.by.owner !== other.owner) continue;
          if (reaches(wait.by.node, other.owner, wait.start, wait.end, wait.type)) return true;
        }
      }
      return false;
    };
    return reaches(node, owner, start, end, type);
  }

  wait(wait: Wait): void {
    this.waiting.set(wait.unique, wait);
    wait.by.waits.add(wait);
  }

  /** A wait ended: with result 0 its owner has the lock. */
  finished(unique: string, result: number): void {
    const wait = this.waiting.get(unique);
    if (wait === undefined) return;
    this.waiting.delete(unique);
    wait.by.waits.delete(wait);
    if (result === 0) wait.by.ranges.set(wait.start, wait.end, wait.type);
    this.endIfIdle(wait.by);
  }

  /** FLUSH: the owner closed a descriptor of the file, so all its locks there go. */
  closed(node: number, ownerLo: number, ownerHi: number): void {
    if (this.files.size === 0) return;
    const locks = this.find(node, ownerId(ownerLo, ownerHi));
    if (locks) this.drop(locks);
  }

  /** RELEASE of a handle: owners whose locks came through it alone lose them. */
  released(node: number, handle: number): void {
    const owners = this.files.get(node);
    if (owners === undefined) return;
    for (const locks of [...owners.values()]) {
      if (locks.handles.delete(handle) && locks.handles.size === 0) this.drop(locks);
    }
  }

  /** The owner has nothing left here: its descriptor is closed, unless a wait still needs it. */
  endIfIdle(locks: OwnerLocks): void {
    if (!locks.ranges.empty || locks.waits.size > 0) return;
    const owners = this.files.get(locks.node);
    if (owners?.get(locks.owner) !== locks) return;
    owners.delete(locks.owner);
    if (owners.size === 0) this.files.delete(locks.node);
    this.os.close(locks.fd);
  }

  /** End of the session: every lock is given back. Waits have been cancelled with the lane. */
  close(): void {
    this.waiting.clear();
    for (const owners of this.files.values()) for (const locks of owners.values()) this.os.close(locks.fd);
    this.files.clear();
  }

  private drop(locks: OwnerLocks): void {
    // Closing would also give up what a wait of another thread of this owner is about to get.
    if (locks.waits.size > 0) this.unlockAll(locks.fd);
    locks.ranges.clear();
    this.endIfIdle(locks);
  }
}

/** The text form of a 64-bit number given as two words. */
export function ownerId(lo: number, hi: number): string {
  return `${hi}:${lo}`;
}

/** Which types an access mode can lock: a read lock wants a readable description, a write lock a writable one. */
export function canLock(access: number, type: number): boolean {
  const O_RDWR = 2;
  return type === F_UNLCK || access === O_RDWR || access === type;
}
