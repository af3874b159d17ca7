/**
 * What has happened since the last batch, bounded: many changes of one name are one, too many names of a directory are "the
 * directory", too much of all is "everything". Pure. Directories go by the numbers that the source was
 * given for them; names are latin1 strings of their bytes.
 */
import type { Ended, Loss } from './feed.js';

export interface PendingDirectory {
  readonly id: number;
  /** name → hints; empty if `whole` */
  names: Map<string, number>;
  whole: boolean;
  self: boolean;
  ended: Ended | undefined;
}

/** What travels from the thread that gathers to the one that is told. */
export interface Gathered {
  readonly losses: readonly Loss[];
  readonly directories: readonly PendingDirectory[];
}

export interface Room {
  /** names and directories in all */
  readonly all: number;
  /** names of one directory */
  readonly directory: number;
}

export const ROOM: Room = { all: 65_536, directory: 16_384 };

export class Pending {
  private readonly losses = new Set<Loss>();
  private directories = new Map<number, PendingDirectory>();
  private used = 0;

  constructor(private readonly room: Room = ROOM) {}

  get empty(): boolean {
    return this.losses.size === 0 && this.directories.size === 0;
  }

  name(id: number, name: string, hints: number): void {
    if (this.losses.size > 0) return;
    const directory = this.directory(id);
    if (directory.whole) return;
    const known = directory.names.get(name);
    directory.names.set(name, (known ?? 0) | hints);
    if (known !== undefined) return;
    if (directory.names.size > this.room.directory) this.whole(id);
    else this.use();
  }

  whole(id: number): void {
    if (this.losses.size > 0) return;
    const directory = this.directory(id);
    this.used -= directory.names.size;
    directory.names = new Map();
    directory.whole = true;
  }

  self(id: number): void {
    if (this.losses.size === 0) this.directory(id).self = true;
  }

  /** The first reason counts; it outlives a loss, since nobody will say it again. */
  ended(id: number, why: Ended): void {
    this.directory(id).ended ??= why;
  }

  everything(loss: Loss): void {
    this.losses.add(loss);
    for (const [id, directory] of this.directories) if (directory.ended === undefined) this.directories.delete(id);
    for (const directory of this.directories.values()) {
      directory.names = new Map();
      directory.whole = directory.self = false;
    }
    this.used = 0;
  }

  /** All of it; afterwards this is empty. */
  take(): Gathered {
    const taken: Gathered = {
      losses: [...this.losses],
      directories: [...this.directories.values()],
    };
    this.losses.clear();
    this.directories = new Map();
    this.used = 0;
    return taken;
  }

  private directory(id: number): PendingDirectory {
    let directory = this.directories.get(id);
    if (directory === undefined) {
      directory = { id, names: new Map(), whole: false, self: false, ended: undefined };
      this.directories.set(id, directory);
      // Ends are bounded by the number of watches.
      if (this.losses.size === 0) this.use();
    }
    return directory;
  }

  private use(): void {
    if (++this.used > this.room.all) this.everything('slow-consumer');
  }
}
