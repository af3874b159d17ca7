/** Which watches of inotify stand for which keys: a directory has one watch, and may have several keys. */
import type { Key } from '../feed.js';

export class WatchKeys {
  private readonly watches = new Map<Key, number>();
  /** the one that nearly every watch has alone */
  private readonly first = new Map<number, Key>();
  private readonly others = new Map<number, Key[]>();

  /** Watches that have a key. */
  get size(): number {
    return this.first.size;
  }

  watchOf(key: Key): number | undefined {
    return this.watches.get(key);
  }

  /** The key must have no watch. */
  add(key: Key, watch: number): void {
    this.watches.set(key, watch);
    const others = this.others.get(watch);
    if (!this.first.has(watch)) this.first.set(watch, key);
    else if (others === undefined) this.others.set(watch, [key]);
    else others.push(key);
  }

  /** The watch that has no key left by this, if any. */
  remove(key: Key): number | undefined {
    const watch = this.watches.get(key);
    if (watch === undefined) return undefined;
    this.watches.delete(key);
    const [first, ...rest] = this.all(watch).filter((each) => each !== key);
    this.put(watch, first, rest);
    return first === undefined ? watch : undefined;
  }

  /** Its keys, which have no watch any more. */
  forget(watch: number): Key[] {
    const keys = this.all(watch);
    for (const key of keys) this.watches.delete(key);
    this.put(watch, undefined, []);
    return keys;
  }

  /** The only key of the watch; undefined if it has none, or more than one. */
  only(watch: number): Key | undefined {
    return this.others.size > 0 && this.others.has(watch) ? undefined : this.first.get(watch);
  }

  all(watch: number): Key[] {
    const first = this.first.get(watch);
    return first === undefined ? [] : [first, ...(this.others.get(watch) ?? [])];
  }

  private put(watch: number, first: Key | undefined, rest: Key[]): void {
    if (first === undefined) this.first.delete(watch);
    else this.first.set(watch, first);
    if (rest.length === 0) this.others.delete(watch);
    else this.others.set(watch, rest);
  }
}
