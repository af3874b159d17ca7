/**
 * Which names and inodes guest operations are changing at this moment, so that nobody takes a half-done one of ours for a
 * change by the host.
 *
 *     guest operation   begin ─────── system call ─── stat ─── recorded, end
 *     examination              look ─────── stat of the name ─────────── compare
 *
 * A stat that was made while an operation was under way may be older or newer than what the snapshot says at the comparison,
 * and neither is the host's doing. So whatever any operation touched between `look` and the comparison, from beginning to
 * end or in part, is not compared: it stays dirty and is examined again. That holds even where no difference is seen: what
 * the operation is about to record may be one. Inodes are their hashes here (name-index.ts); two with one hash only
 * cost a second examination.
 */
import { type Place, placeKey } from './changes.js';

/** So many different things change during one examination: from there on it remembers "everything". */
const MANY = 4096;

interface Mark {
  readonly places: readonly Place[];
  readonly inodes: readonly number[];
}

/** One examination: what it must not compare. */
export class Look {
  private readonly names = new Map<string, Place>();
  private readonly inodes = new Set<number>();
  /** more than could be remembered: nothing of it is to be compared */
  all = false;

  /** Whether nothing was changed meanwhile. */
  get quiet(): boolean {
    return !this.all && this.names.size === 0 && this.inodes.size === 0;
  }

  spoilsName(key: string): boolean {
    return this.all || this.names.has(key);
  }

  spoilsInode(hash: number): boolean {
    return this.all || this.inodes.has(hash);
  }

  /** The names that were being changed. */
  places(): Iterable<Place> {
    return this.names.values();
  }

  spoil({ places, inodes }: Mark): void {
    if (this.all) return;
    for (const place of places) this.names.set(placeKey(place), place);
    for (const hash of inodes) this.inodes.add(hash);
    this.all = this.names.size + this.inodes.size > MANY;
  }
}

export class InFlight {
  private readonly marks = new Set<Mark>();
  private readonly looks = new Set<Look>();
  /** how many operations have ended: when it grows, what was held back can be examined again */
  ended = 0;

  /**
   * A guest operation is about to change these names and inodes (hashes), before its system call. Result: the mark, for
   * {@link end}.
   */
  begin(places: readonly Place[], inodes: readonly number[]): Mark {
    const mark = { places, inodes };
    this.marks.add(mark);
    for (const look of this.looks) look.spoil(mark);
    return mark;
  }

  /** The operation has failed, or has been recorded in the snapshots. */
  end(mark: Mark): void {
    this.marks.delete(mark);
    this.ended++;
  }

  /** An examination begins: to be called before the first stat or listing of it. */
  look(): Look {
    const look = new Look();
    for (const mark of this.marks) look.spoil(mark);
    this.looks.add(look);
    return look;
  }

  /** The examination is over, compared or given up. */
  close(look: Look): void {
    this.looks.delete(look);
  }

  /** Operations under way. */
  get size(): number {
    return this.marks.size;
  }
}
