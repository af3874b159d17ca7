/**
 * Names that the guest was told are not there, and may remember: by directory, so that they can be taken back. A missing name is in no
 * snapshot, and a kernel forgets it only by name.
 */

/** Of a mount: a million misses of different names cost no more than these. */
const MOST = 65_536;

export class Absent {
  private readonly byDirectory = new Map<number, Set<string>>();
  private count = 0;

  constructor(private readonly most = MOST) {}

  get size(): number {
    return this.count;
  }

  /** Whether the guest may remember it: not where too many would have to be remembered here. */
  add(directory: number, name: string): boolean {
    let names = this.byDirectory.get(directory);
    if (names?.has(name)) return true;
    if (this.count >= this.most) return false;
    if (names === undefined) {
      names = new Set();
      this.byDirectory.set(directory, names);
    }
    names.add(name);
    this.count++;
    return true;
  }

  knows(directory: number): boolean {
    return this.byDirectory.has(directory);
  }

  /** The guest has learned that it is there. */
  delete(directory: number, name: string): void {
    const names = this.byDirectory.get(directory);
    if (names?.delete(name) !== true) return;
    this.count--;
    if (names.size === 0) this.byDirectory.delete(directory);
  }

  /** All of a directory; they are not remembered any more. */
  take(directory: number): Iterable<string> {
    const names = this.byDirectory.get(directory);
    if (names === undefined) return [];
    this.byDirectory.delete(directory);
    this.count -= names.size;
    return names;
  }
}
