/**
 * What has to be looked at, collected from a watcher until somebody has time: names of directories, whole directories, or everything.
 * Bounded: what takes too much room becomes coarser, a directory's names the whole directory, all of them everything, and nothing is
 * ever lost. Two halves of a rename that are added before one {@link Batch.take} are compared together.
 */

export interface Limits {
  /** names remembered, in all directories together */
  readonly names: number;
  /** names of one directory: from there on reading all of it is the cheaper way */
  readonly namesEach: number;
  readonly directories: number;
  /** memory of all of it, about */
  readonly bytes: number;
}

export const LIMITS: Limits = { names: 16_384, namesEach: 4096, directories: 16_384, bytes: 4 << 20 };

/** What a directory and a name cost beside the bytes of the name: objects of a Map, about. */
const DIRECTORY_BYTES = 160;
const NAME_BYTES = 56;

/** Names in latin1, and whether the watcher called one a half of a rename; all of the directory if there is no such map. */
export type Dirty = ReadonlyMap<string, boolean> | 'whole';

/** By id of the snapshot, in ascending order. */
export type Work = ReadonlyMap<number, Dirty> | 'everything';

export class Batch {
  private directories = new Map<number, Map<string, boolean> | 'whole'>();
  private all = false;
  private names = 0;
  private used = 0;
  /** how often room ran out: directories that became whole, times that all became everything */
  readonly coarser = { directories: 0, everything: 0 };

  constructor(private readonly limits: Limits = LIMITS) {}

  /** This name of the directory; `moved`: the watcher called it a half of a rename. */
  name(directory: number, name: string, moved = false): void {
    if (this.all) return;
    let dirty = this.directories.get(directory);
    if (dirty === 'whole') return;
    if (!dirty) {
      dirty = new Map();
      this.add(directory, dirty);
    }
    const known = dirty.get(name);
    dirty.set(name, moved || known === true);
    if (known !== undefined) return;
    this.names++;
    this.used += NAME_BYTES + name.length;
    if (dirty.size > this.limits.namesEach) this.coarsen(directory, dirty);
    this.fit();
  }

  /** All of the directory: the watcher lost count of it, or it was never read. */
  whole(directory: number): void {
    if (this.all) return;
    const dirty = this.directories.get(directory);
    if (dirty === 'whole') return;
    if (dirty) this.forget(dirty);
    this.add(directory, 'whole');
    this.fit();
  }

  /** Every directory: the watcher lost events of which it knows nothing. */
  everything(): void {
    this.all = true;
    this.directories = new Map();
    this.names = 0;
    this.used = 0;
  }

  /** What `compare` could not judge. */
  again(places: Iterable<{ readonly directory: number; readonly name?: string }>): void {
    for (const { directory, name } of places) {
      if (name === undefined) this.whole(directory);
      else this.name(directory, name);
    }
  }

  /** The directory is gone from the snapshots. */
  drop(directory: number): void {
    const dirty = this.directories.get(directory);
    if (!dirty) return;
    if (dirty !== 'whole') this.forget(dirty);
    this.directories.delete(directory);
    this.used -= DIRECTORY_BYTES;
  }

  /** All that was collected; the batch is empty after it. */
  take(): Work {
    const work: Work = this.all ? 'everything' : new Map([...this.directories].sort(([a], [b]) => a - b));
    this.everything();
    this.all = false;
    return work;
  }

  get empty(): boolean {
    return !this.all && this.directories.size === 0;
  }

  /** Bytes in use, about. */
  get byteLength(): number {
    return this.used;
  }

  private add(directory: number, dirty: Map<string, boolean> | 'whole'): void {
    if (!this.directories.has(directory)) this.used += DIRECTORY_BYTES;
    this.directories.set(directory, dirty);
  }

  private forget(dirty: Map<string, boolean>): void {
    this.names -= dirty.size;
    for (const name of dirty.keys()) this.used -= NAME_BYTES + name.length;
  }

  private coarsen(directory: number, dirty: Map<string, boolean>): void {
    this.forget(dirty);
    this.directories.set(directory, 'whole');
    this.coarser.directories++;
  }

  private fit(): void {
    const { names, directories, bytes } = this.limits;
    if (this.names <= names && this.used <= bytes && this.directories.size <= directories) return;
    // The fullest directories first, and down to half, so that this is not done for each name that follows.
    const fullest = [...this.directories].flatMap(([id, dirty]) => (dirty === 'whole' ? [] : [{ id, dirty }]));
    fullest.sort((a, b) => b.dirty.size - a.dirty.size || a.id - b.id);
    for (const { id, dirty } of fullest) {
      if (this.names * 2 <= names && this.used * 2 <= bytes) break;
      this.coarsen(id, dirty);
    }
    if (this.used <= bytes && this.directories.size <= directories) return;
    this.everything();
    this.coarser.everything++;
  }
}
