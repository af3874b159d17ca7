/**
 * One stream of FSEvents for a share root, by the package `fsevents`; its events are filtered for the directories that are
 * watched. `sync`: a file of our own is made in the root and removed again; its event comes behind what happened before.
 */
import { randomBytes } from 'node:crypto';
import { unlinkSync, writeFileSync } from 'node:fs';
import { posix } from 'node:path';
import { Hint } from '../feed.js';
import { bytesOf, Paths, type Sink, type Source } from '../source.js';
import { type Meaning, meaningOf } from './translate.js';

/** What is used of the package. */
export interface FsEvents {
  watch(path: string, handler: (path: string, flags: number) => void): () => Promise<void>;
}

/** Makes and removes an empty file; false if it cannot. */
export type Touch = (path: string) => boolean;

/** Names of the files of `sync`; they are not reported. */
export const COOKIE = '.osmofs-cookie-';

/** The stream begins some time after it was asked for; until then nothing answers. */
const ASK_AGAIN_MILLISECONDS = 100;

export class FsEventsSource implements Source {
  private readonly paths = new Paths();
  private readonly stop: () => Promise<void>;
  private readonly own = `${COOKIE}${randomBytes(6).toString('hex')}-`;
  private readonly waiting = new Map<string, () => void>();
  private number = 0;
  private asking: NodeJS.Timeout | undefined;

  constructor(
    fsevents: FsEvents,
    private readonly root: string,
    private readonly sink: Sink,
    private readonly touch: Touch = touchFile,
  ) {
    this.stop = fsevents.watch(root, (path, flags) => this.event(path, flags));
    this.asking = setInterval(() => this.askWhetherItRuns(), ASK_AGAIN_MILLISECONDS);
    this.askWhetherItRuns();
  }

  watch(path: string, id: number): void {
    this.paths.add(path, id);
  }

  unwatch(id: number): void {
    this.paths.remove(id);
  }

  sync(reached: () => void): void {
    const name = `${this.own}${++this.number}`;
    this.waiting.set(name, reached);
    if (this.touch(posix.join(this.root, name))) return;
    this.waiting.delete(name);
    this.sink.pending.everything('barrier');
    reached();
    this.sink.changed();
  }

  async close(): Promise<void> {
    clearInterval(this.asking);
    this.waiting.clear();
    await this.stop();
  }

  /** What happened before the stream ran is told by nobody: all that is watched by then may have changed. */
  private askWhetherItRuns(): void {
    this.sync(() => {
      if (this.asking === undefined) return;
      clearInterval(this.asking);
      this.asking = undefined;
      for (const id of this.paths.all()) this.sink.pending.whole(id);
      this.release();
    });
  }

  private event(path: string, flags: number): void {
    this.sink.count();
    const meaning = meaningOf(path, flags);
    this.apply(meaning);
    this.sink.changed();
  }

  private apply(meaning: Meaning): void {
    const { pending } = this.sink;
    switch (meaning.kind) {
      case 'everything':
        pending.everything(meaning.loss);
        this.release();
        return;
      case 'subtree':
        for (const id of this.paths.below(meaning.path)) pending.whole(id);
        this.name(meaning.path, Hint.ATTRIBUTES | Hint.DIRECTORY);
        return;
      case 'name':
        this.name(meaning.path, meaning.hints);
        if (meaning.gone) this.gone(meaning.path);
        else for (const id of this.paths.of(meaning.path)) pending.self(id);
        return;
      case 'nothing':
        return;
    }
  }

  private name(path: string, hints: number): void {
    const name = posix.basename(path);
    if (name.startsWith(COOKIE)) {
      const reached = this.waiting.get(name);
      this.waiting.delete(name);
      reached?.();
      return;
    }
    for (const id of this.paths.of(posix.dirname(path))) this.sink.pending.name(id, bytesOf(name), hints);
  }

  /** A watch goes by its path, and that leads elsewhere now. */
  private gone(path: string): void {
    for (const id of this.paths.below(path)) {
      this.paths.remove(id);
      this.sink.pending.ended(id, 'moved');
    }
  }

  /** After "everything" is told, nobody has missed anything. */
  private release(): void {
    for (const reached of [...this.waiting.values()]) reached();
    this.waiting.clear();
  }
}

function touchFile(path: string): boolean {
  try {
    writeFileSync(path, '', { flag: 'wx', mode: 0o600 });
    unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}
