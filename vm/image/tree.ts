/** The guest's root file system as it is put together: paths without a leading slash, parents made when they are needed. */
import { posix } from 'node:path';
import type { Entry } from './cpio.js';

export class Tree {
  readonly #entries = new Map<string, Entry>();

  /** Also makes a directory that is there already into one of this mode. */
  directory(path: string, mode = 0o755): this {
    return this.add({ path, mode, type: 'directory' });
  }

  file(path: string, data: Uint8Array | string, mode = 0o644): this {
    return this.add({ path, mode, type: 'file', data: typeof data === 'string' ? Buffer.from(data) : data });
  }

  symlink(path: string, target: string): this {
    return this.add({ path, mode: 0o777, type: 'symlink', target });
  }

  character(path: string, major: number, minor: number, mode = 0o600): this {
    return this.add({ path, mode, type: 'character', major, minor });
  }

  has(path: string): boolean {
    return this.#entries.has(path);
  }

  /** Sorted, so that a directory comes before what is in it and the order of the calls does not show. */
  entries(): Entry[] {
    return [...this.#entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Parents that are missing become directories of mode 0755. */
  add(entry: Entry): this {
    const parent = posix.dirname(entry.path);
    if (parent !== '.' && !this.#entries.has(parent)) this.directory(parent);
    this.#entries.set(entry.path, entry);
    return this;
  }
}
