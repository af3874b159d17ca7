/** A way of watching that has callbacks of its own and paths for directories: what FSEvents and polling have in common. */
import type { Pending } from './pending.js';

export interface Source {
  /** `path`: absolute and real; `id`: never given before; `identity`: {@link identityOf} the directory */
  watch(path: string, id: number, identity: string): void;
  unwatch(id: number): void;
  close(): Promise<void>;
}

export interface Sink {
  readonly pending: Pending;
  /** something is pending now */
  changed(): void;
  /** an event has come in */
  count(): void;
}

/** The directories that are watched, by path: several ids may have one. */
export class Paths {
  private readonly ids = new Map<string, Set<number>>();
  private readonly paths = new Map<number, string>();

  add(path: string, id: number): void {
    this.remove(id);
    this.paths.set(id, path);
    const ids = this.ids.get(path);
    if (ids === undefined) this.ids.set(path, new Set([id]));
    else ids.add(id);
  }

  remove(id: number): void {
    const path = this.paths.get(id);
    if (path === undefined) return;
    this.paths.delete(id);
    const ids = this.ids.get(path)!;
    ids.delete(id);
    if (ids.size === 0) this.ids.delete(path);
  }

  of(path: string): readonly number[] {
    return [...(this.ids.get(path) ?? [])];
  }

  /** Ids of the directory and of all below it. */
  below(path: string): readonly number[] {
    const prefix = path === '/' ? path : `${path}/`;
    return [...this.ids].filter(([each]) => each === path || each.startsWith(prefix)).flatMap(([, ids]) => [...ids]);
  }

  all(): readonly number[] {
    return [...this.paths.keys()];
  }
}

/** Node's paths are UTF-16; the names of what is pending are latin1 strings of their bytes. */
export function bytesOf(name: string): string {
  return Buffer.from(name).toString('latin1');
}

export function identityOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev}:${ino}`;
}
