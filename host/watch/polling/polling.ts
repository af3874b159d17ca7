/**
 * Directories of file systems that send no events, by `chokidar`, which looks at everything again and again. One of its watchers
 * for each directory, since it cannot let go of a directory without letting go of those below. It tells every name when it
 * looks for the first time, which covers what happened between `watch` and then.
 */
import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { type Ended, Hint } from '../feed.js';
import { bytesOf, identityOf, type Sink, type Source } from '../source.js';

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

interface Watched {
  readonly path: string;
  readonly identity: string;
  readonly watcher: FSWatcher;
}

export class PollingSource implements Source {
  private readonly watched = new Map<number, Watched>();
  private readonly looking: NodeJS.Timeout;
  private busy = false;

  constructor(
    private readonly sink: Sink,
    private readonly interval = INTERVAL_MILLISECONDS,
  ) {
    this.looking = setInterval(() => void this.look(), interval);
  }

  watch(path: string, id: number, identity: string): void {
    const watcher = watch(path, {
      usePolling: true,
      interval: this.interval,
      binaryInterval: this.interval,
      depth: 0,
      followSymlinks: false,
      atomic: false,
    });
    this.watched.set(id, { path, identity, watcher });
    watcher.on('all', (event, changed) => this.event(path, id, event, changed));
    // Every difference of a stat, where 'change' is for the size and a later time of modification.
    watcher.on('raw', (_event, changed) => this.event(path, id, 'raw', changed));
    watcher.on('error', () => this.end(id, 'failed'));
  }

  unwatch(id: number): void {
    const known = this.watched.get(id);
    this.watched.delete(id);
    void known?.watcher.close();
  }

  /** There is no telling when all has been looked at since. Whoever compares everything has missed nothing. */
  sync(reached: () => void): void {
    this.sink.pending.everything('barrier');
    reached();
    this.sink.changed();
  }

  async close(): Promise<void> {
    clearInterval(this.looking);
    await Promise.all([...this.watched.values()].map(({ watcher }) => watcher.close()));
  }

  /** Whether each path still leads to the directory that was meant: chokidar goes by paths alone. */
  private async look(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (const [id, { path, identity }] of [...this.watched]) {
      const now = await identityAt(path);
      if (now !== identity) this.end(id, now === undefined ? 'removed' : 'moved');
    }
    this.busy = false;
  }

  private event(directory: string, id: number, event: string, changed: string): void {
    if (!this.watched.has(id)) return;
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
    if (!this.watched.has(id)) return;
    this.unwatch(id);
    this.sink.pending.ended(id, why);
    this.sink.changed();
  }
}

/** Undefined: there is nothing, or it cannot be known. */
async function identityAt(path: string): Promise<string | undefined> {
  try {
    return identityOf(await stat(path, { bigint: true }));
  } catch {
    return undefined;
  }
}
