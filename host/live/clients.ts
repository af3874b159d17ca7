/**
 * The other mounts of this daemon that may change the same files: for each of them what they do is a change by somebody else, and the
 * system does not tell the threads of one process apart. Each marks in shared memory what it is about to change, and that it
 * has: cells by inode number, of operations that have begun and that have ended. An event that no other process caused, and whose cell
 * shows nothing of the others since the last drain, is one's own.
 *
 * Two inodes may share a cell. What is then taken for another's change though it is one's own costs a needless announcement.
 */

/** Mounts that can be told apart. */
const CLIENTS = 64;
/** Cells of each: enough that two busy mounts seldom meet in one. */
const CELLS = 2048;
/** Mounts that are listed, mounts that are not, and then the clients: begun, ended. */
const LISTED = 0;
const UNLISTED = 1;
const HEADER = 2 + CLIENTS;
const USED = 2;

export const CLIENTS_BYTES = (HEADER + CLIENTS * 2 * CELLS) * 4;

/** The cell of an inode, by the words of its number. */
export function cellOf(inoLo: number, inoHi: number): number {
  // Files of a directory are neighbours, and directories often some power of two apart.
  const folded = inoLo ^ (inoLo >>> 11) ^ (inoLo >>> 22) ^ Math.imul(inoHi, 0x9e37_79b1);
  return (folded >>> 0) % CELLS;
}

/** A place of one's own, -1 if there is none left or the mount does not say what it changes; for {@link leave}. */
export function join(shared: SharedArrayBuffer, says: boolean): number {
  const words = new Int32Array(shared);
  for (let client = 0; says && client < CLIENTS; client++) {
    if (Atomics.compareExchange(words, USED + client, 0, 1) !== 0) continue;
    Atomics.add(words, LISTED, 1);
    return client;
  }
  Atomics.add(words, UNLISTED, 1);
  return -1;
}

/** Nothing of the client works any more. */
export function leave(shared: SharedArrayBuffer, client: number): void {
  const words = new Int32Array(shared);
  if (client < 0) {
    Atomics.sub(words, UNLISTED, 1);
    return;
  }
  // What it has left half done is over.
  const at = HEADER + client * 2 * CELLS;
  for (let cell = 0; cell < CELLS; cell++) Atomics.store(words, at + CELLS + cell, Atomics.load(words, at + cell));
  Atomics.store(words, USED + client, 0);
  Atomics.sub(words, LISTED, 1);
}

/** For whoever changes files on behalf of a client, on any thread. */
export class Marks {
  private readonly words: Int32Array;
  private readonly at: number;

  constructor(
    shared: SharedArrayBuffer,
    private readonly client: number,
  ) {
    this.words = new Int32Array(shared);
    this.at = HEADER + client * 2 * CELLS;
  }

  /** Before the change. */
  begin(cell: number): void {
    if (this.client >= 0) Atomics.add(this.words, this.at + cell, 1);
  }

  /** Afterwards, whether it worked or not. */
  end(cell: number): void {
    if (this.client >= 0) Atomics.add(this.words, this.at + CELLS + cell, 1);
  }
}

/** For the one who judges the events of a client. */
export class Others {
  private readonly words: Int32Array;
  /** what the others had ended when the drain before began, and this one, by client */
  private before: (Int32Array | undefined)[] = [];
  private now: (Int32Array | undefined)[] = [];

  constructor(
    shared: SharedArrayBuffer,
    private readonly client: number,
  ) {
    this.words = new Int32Array(shared);
  }

  /** There is nobody else: what this process does is this client's. */
  get none(): boolean {
    return Atomics.load(this.words, LISTED) + Atomics.load(this.words, UNLISTED) <= 1;
  }

  /** Before a drain. */
  drains(): void {
    if (this.none && this.now.length === 0) return;
    for (let other = 0; other < CLIENTS; other++) {
      if (other === this.client || Atomics.load(this.words, USED + other) === 0) {
        this.now[other] = undefined;
        continue;
      }
      const at = HEADER + other * 2 * CELLS + CELLS;
      const copy = this.now[other] ?? new Int32Array(CELLS);
      copy.set(this.words.subarray(at, at + CELLS));
      this.now[other] = copy;
    }
  }

  /** The drain has been judged. */
  drained(): void {
    [this.before, this.now] = [this.now, this.before];
  }

  /** Whether others may have caused events of this cell that were told since the drain before. */
  touched(cell: number): boolean {
    if (Atomics.load(this.words, UNLISTED) > 0) return true;
    for (let other = 0; other < CLIENTS; other++) {
      if (other === this.client || Atomics.load(this.words, USED + other) === 0) continue;
      const begun = Atomics.load(this.words, HEADER + other * 2 * CELLS + cell);
      if (begun !== (this.before[other]?.[cell] ?? 0)) return true;
    }
    return false;
  }
}
