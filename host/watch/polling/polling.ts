/**
 * Directories of file systems that send no events, by `chokidar`, which looks at everything again and again. One of its watchers
 * for each directory, since it cannot let go of a directory without letting go of those below. It tells every name when it
 * looks for the first time, which covers what happened between `watch` and then.
 */
import type { Stats } from 'node:fs';
import { posix } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { bytesOf, Paths, type Sink, type Source } from '../source.js';
import { type Ended, Hint } from '../watcher.js';

export const INTERVAL_MILLISECONDS = 1000;

const HINTS: Readonly<Record<string, number>> = {
  add: Hint.CREATED,
  addDir: Hint.CREATED | Hint.DIRECTORY,
  change: Hint.MODIFIED,
  unlink: Hint.REMOVED,
  unlinkDir: Hint.REMOVED | Hint.DIRECTORY,
};

/** What Node puts for bytes that are no UTF-8. */
const REPLACEMENT = '\ufffd';

export class PollingSource implements Source {
  private readonly paths = new Paths();
  private readonly watchers = new Map<number, FSWatcher>();

  constructor(
    private readonly sink: Sink,
    private readonly interval = INTERVAL_MILLISECONDS,
  ) {}

  watch(path: string, id: number): void {
    this.unwatch(id);
    this.paths.add(path, id);
    const watcher = watch(path, {
      usePolling: true,
      interval: this.interval,
      binaryInterval: this.interval,
      depth: 0,
      followSymlinks: false,
      atomic: false,
    });
    this.watchers.set(id, watcher);
    watcher.on('all', (event, changed) => this.event(path, id, event, changed));
    // Every difference of a stat, where 'change' is for the size and a later time of modification.
    watcher.on('raw', (_event, changed, details) => {
      const { curr, prev } = details as { curr: Stats; prev: Stats };
      // All of it is 0 where there is nothing any more.
      if (changed === path && curr.nlink === 0) this.end(id, 'removed');
      else if (changed === path && curr.ino !== prev.ino) this.end(id, 'moved');
      else this.event(path, id, 'raw', changed);
    });
    watcher.on('error', () => this.end(id, 'failed'));
  }

  unwatch(id: number): void {
    this.paths.remove(id);
    const watcher = this.watchers.get(id);
    this.watchers.delete(id);
    void watcher?.close();
  }

  /** There is no telling when all has been looked at since. Whoever compares everything has missed nothing. */
  sync(reached: () => void): void {
    this.sink.pending.everything('barrier');
    reached();
    this.sink.changed();
  }

  async close(): Promise<void> {
    await Promise.all([...this.watchers.values()].map((watcher) => watcher.close()));
  }

  private event(directory: string, id: number, event: string, changed: string): void {
    if (!this.watchers.has(id)) return;
    this.sink.count();
    const { pending } = this.sink;
    const name = posix.basename(changed);
    if (changed === directory && event === 'unlinkDir') {
      this.end(id, 'removed');
    } else if (changed === directory) {
      pending.whole(id);
      pending.self(id);
    } else if (posix.dirname(changed) !== directory || name.includes(REPLACEMENT)) {
      pending.whole(id);
    } else {
      pending.name(id, bytesOf(name), HINTS[event] ?? Hint.ATTRIBUTES);
    }
    this.sink.changed();
  }

  private end(id: number, why: Ended): void {
    if (!this.watchers.has(id)) return;
    this.unwatch(id);
    this.sink.pending.ended(id, why);
    this.sink.changed();
  }
}
