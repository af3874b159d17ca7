/**
 * Directories of file systems that send no events, by `chokidar`, which looks at everything again and again. One of its watchers
 * for each directory, since it cannot let go of a directory without letting go of those below. It tells every name when it
 * looks for the first time, which covers what happened between `watch` and then.
 *
 * What it compares with later it takes a moment after that: a directory is read, then told, and only then looked at for its
 * times, and so is a new file. A change in between is seen by nobody. So a while later the directory is read, and told, once more.
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

/** Rounds of looking until a directory is told once more: there is a whole interval among them. */
const ROUNDS = 3;

interface Watched {
  readonly path: string;
  readonly identity: string;
  readonly watcher: FSWatcher;
  /** chokidar has looked for the first time */
  ready: boolean;
  /** it was read once more after that */
  settled: boolean;
  /** rounds until it is told once more; 0: it need not be */
  rounds: number;
  /** a file has come meanwhile */
  again: boolean;
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
    const watched: Watched = { path, identity, watcher, ready: false, settled: false, rounds: 0, again: false };
    this.watched.set(id, watched);
    watcher.once('ready', () => {
      watched.ready = true;
      watched.rounds = ROUNDS;
    });
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

  async close(): Promise<void> {
    clearInterval(this.looking);
    await Promise.all([...this.watched.values()].map(({ watcher }) => watcher.close()));
  }

  /** Whether each path still leads to the directory that was meant: chokidar goes by paths alone. And what has to be told again. */
  private async look(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (const [id, watched] of [...this.watched]) {
      const now = await identityAt(watched.path);
      if (now !== watched.identity) this.end(id, now === undefined ? 'removed' : 'moved');
      else if (watched.rounds > 0 && --watched.rounds === 0) this.tellAgain(id, watched);
    }
    this.busy = false;
  }

  private tellAgain(id: number, watched: Watched): void {
    if (this.watched.get(id) !== watched) return;
    // It reads what it has already, and tells what is new.
    if (!watched.settled) watched.watcher.add(watched.path);
    watched.settled = true;
    watched.rounds = watched.again ? ROUNDS : 0;
    watched.again = false;
    this.sink.pending.whole(id);
    this.sink.changed();
  }

  private event(directory: string, id: number, event: string, changed: string): void {
    const watched = this.watched.get(id);
    if (watched === undefined) return;
    if (event === 'add' && watched.ready) {
      watched.again = watched.rounds > 0;
      if (!watched.again) watched.rounds = ROUNDS;
    }
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
