/**
 * What the data lane writes while the metadata lane looks: a record per open file in shared memory, kept by the data lane, of how
 * many writes have begun and ended and of the file's size and times behind the last one. By it the guest's own writes are told
 * from the host's.
 *
 * A write by the host between the data lane's write and its stat looks like the guest's; one more event of the host's (of
 * its close, at the latest) makes up for it.
 */
import type { Context } from '../context.js';
import type { Snapshots } from '../snapshot/snapshots.js';
import { isDirectory, nanosecondsOf, S } from '../snapshot/stat.js';
import { cellOf, type Marks } from './clients.js';
import type { Observer } from './observer.js';
import { Touch } from './own.js';

/** Words of a record. */
const BEGUN = 0;
const ENDED = 1;
const ROW = 2;
/** size, mtime, ctime: {@link S.sizeLo} and what follows; then the cell of its inode (clients.ts) */
const FIELDS = S.words - S.sizeLo;
const MARK = 8;
const WORDS = 9;
/** last word of all: somebody waits for a write's end */
const TRAILER = 1;

export function writeRecordBytes(handles: number): number {
  return (handles * WORDS + TRAILER) * 4;
}

/** The data lane's side. */
export class WriteRecords {
  private readonly words: Int32Array;

  constructor(
    shared: SharedArrayBuffer,
    private readonly marks: Marks,
  ) {
    this.words = new Int32Array(shared);
  }

  begin(handle: number): void {
    this.marks.begin(this.words[handle * WORDS + MARK]);
    Atomics.add(this.words, handle * WORDS + BEGUN, 1);
  }

  /** `row` of the file now; undefined if it could not be had. Result: whether the metadata lane wants to be woken. */
  end(handle: number, row: Uint32Array | undefined): boolean {
    const at = handle * WORDS;
    if (row !== undefined) for (let i = 0; i < FIELDS; i++) this.words[at + ROW + i] = row[S.sizeLo + i];
    Atomics.store(this.words, at + ENDED, Atomics.load(this.words, at + BEGUN));
    this.marks.end(this.words[at + MARK]);
    return Atomics.exchange(this.words, this.words.length - 1, 0) !== 0;
  }
}

export type Verdict = 'own' | 'foreign' | 'busy';

/** The metadata lane's side. */
export class Writes {
  private readonly words: Int32Array;
  private readonly rows: Uint32Array;
  /** writes of each handle that have been accounted for */
  private readonly seen: Int32Array;

  constructor(
    private readonly c: Context,
    private readonly snapshots: Snapshots,
    private readonly observer: Observer,
    shared: SharedArrayBuffer,
  ) {
    this.words = new Int32Array(shared);
    this.rows = new Uint32Array(shared);
    this.seen = new Int32Array(c.handles.capacity);
  }

  /** A handle of the node is about to become known to the guest. */
  opened(handle: number, node: number): void {
    const { inoLo, inoHi } = this.c.nodes;
    this.words[handle * WORDS + MARK] = cellOf(inoLo[node], inoHi[node]);
  }

  /** {@link Touch.CONTENT} if the guest has written to the node since it was accounted for. */
  touches(node: number): number {
    let bits = 0;
    this.c.handles.each(node, (handle) => {
      if (Atomics.load(this.words, handle * WORDS + BEGUN) !== this.seen[handle])
        bits = Touch.CONTENT | Touch.ATTRIBUTES;
    });
    return bits;
  }

  /**
   * Whose doing the state of an inode is in which the guest has had its hand. `look` stats it anew: its row, undefined if the
   * object is gone. Another's state is known from then on.
   */
  judge(node: number, inode: number, look: () => Uint32Array | undefined): Verdict {
    const before = this.begun(node);
    if (before < 0) return 'busy';
    this.foldNode(node);
    const stat = look();
    if (stat === undefined) return 'own';
    if (this.begun(node) !== before) return 'busy';
    const { inodes } = this.snapshots;
    // A directory's times and size move with every name in it.
    const foreign = isDirectory(stat[S.mode])
      ? inodes.differs(inode, stat, 0, S.mode, S.nlink) || inodes.differs(inode, stat, 0, S.uid, S.sizeLo)
      : inodes.differs(inode, stat, 0, S.sizeLo, S.words);
    inodes.take(inode, stat, 0, S.mode, S.words);
    return foreign ? 'foreign' : 'own';
  }

  /** How many writes to the node have begun; -1 if one is under way: the lane is woken when it ends. */
  private begun(node: number): number {
    let count = 0;
    let busy = false;
    if (node < 0) return 0;
    this.c.handles.each(node, (handle) => {
      const at = handle * WORDS;
      const begun = Atomics.load(this.words, at + BEGUN);
      count += begun;
      if (begun === Atomics.load(this.words, at + ENDED)) return;
      Atomics.store(this.words, this.words.length - 1, 1);
      // It may have ended just before it could see that somebody waits.
      busy ||= begun !== Atomics.load(this.words, at + ENDED);
    });
    return busy ? -1 : count;
  }

  /** The feed has been drained: writes that had ended before, and whose events are therefore known, are accounted for. */
  drained(ended: readonly (readonly [handle: number, writes: number])[]): void {
    for (const [handle, writes] of ended) this.seen[handle] = writes;
  }

  /** Before a drain: the writes that have ended. */
  beforeDrain(): (readonly [number, number])[] {
    const ended: (readonly [number, number])[] = [];
    this.c.handles.all((handle) => {
      const writes = Atomics.load(this.words, handle * WORDS + ENDED);
      if (writes !== this.seen[handle] && writes === Atomics.load(this.words, handle * WORDS + BEGUN))
        ended.push([handle, writes]);
    });
    return ended;
  }

  /** Before a comparison: what the guest has written is what is known. */
  fold(): void {
    this.c.handles.all((handle) => this.foldHandle(handle));
  }

  /** Before anything else becomes known of the node. */
  foldNode(node: number): void {
    if (node >= 0) this.c.handles.each(node, (handle) => this.foldHandle(handle));
  }

  private foldHandle(handle: number): void {
    const at = handle * WORDS;
    const begun = Atomics.load(this.words, at + BEGUN);
    if (begun === 0 || begun !== Atomics.load(this.words, at + ENDED)) return;
    const row = this.observer.rowOfNode(this.c.handles.node[handle]);
    this.take(handle, this.snapshots.inodes.find(row, 0));
  }

  /** Unless the guest has changed the file in another way since. */
  private take(handle: number, inode: number): void {
    const at = handle * WORDS + ROW;
    const { inodes } = this.snapshots;
    const ctime = at + S.ctimeLo - S.sizeLo;
    if (
      inode >= 0 &&
      isLater(inodes.get(inode, S.ctimeLo), inodes.get(inode, S.ctimeHi), this.rows[ctime], this.rows[ctime + 1])
    )
      return;
    for (let i = 0; inode >= 0 && i < FIELDS; i++) this.snapshots.inodes.set(inode, S.sizeLo + i, this.rows[at + i]);
  }

  /** Whether anything has been written through the handle. */
  written(handle: number): boolean {
    return Atomics.load(this.words, handle * WORDS + BEGUN) !== 0;
  }

  /** A handle is given back: what it wrote becomes known. The slot's next owner begins anew. */
  released(handle: number): void {
    this.foldHandle(handle);
    const at = handle * WORDS;
    Atomics.store(this.words, at + BEGUN, 0);
    Atomics.store(this.words, at + ENDED, 0);
    this.seen[handle] = 0;
  }
}

/** Whether the first time of a row (see stat.ts) is later than the second. */
function isLater(low: number, high: number, otherLow: number, otherHigh: number): boolean {
  return low !== otherLow ? low > otherLow : nanosecondsOf(high) > nanosecondsOf(otherHigh);
}
