/** Somebody who listens to a watcher, remembers all it was told, and asks for it in words. */
import { closeSync, constants, openSync } from 'node:fs';
import type { Batch, Change, Key, Move, Watcher } from '../../../../host/watch/watcher.js';

export class Listener {
  readonly batches: Batch[] = [];
  readonly deliver = (batch: Batch) => {
    this.batches.push(batch);
  };

  get changes(): Change[] {
    return this.batches.flatMap((batch) => batch.changes);
  }

  get moves(): Move[] {
    return this.batches.flatMap((batch) => batch.moves);
  }

  /** Names that were told of a directory, each once, sorted; bytes as latin1. */
  names(key: Key): string[] {
    const all = this.changes.flatMap((change) => (change.kind === 'names' && change.key === key ? change.names : []));
    return [...new Set(all.map(({ name }) => name.toString('latin1')))].sort();
  }

  hints(key: Key, name: string): number {
    let hints = 0;
    for (const change of this.changes) {
      if (change.kind !== 'names' || change.key !== key) continue;
      for (const each of change.names) if (each.name.toString('latin1') === name) hints |= each.hints;
    }
    return hints;
  }

  /** What was told beside names: "directory 1", "unwatched 2 removed", "everything overflow". */
  others(): string[] {
    return this.changes
      .filter((change) => change.kind !== 'names')
      .map((change) => {
        if (change.kind === 'everything') return `everything ${change.loss}`;
        return [change.kind, change.key, ...(change.kind === 'unwatched' ? [change.why] : [])].join(' ');
      });
  }

  clear(): void {
    this.batches.length = 0;
  }
}

/** Watches a directory by its path; throws with the reason if it cannot be watched. */
export function watchPath(watcher: Watcher, path: string, key: Key): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const outcome = watcher.watch(fd, key);
    if (!outcome.watched) throw new Error(`${outcome.code}: ${outcome.reason}`);
  } finally {
    closeSync(fd);
  }
}
