/**
 * Makes the daemon lose events of the host, as an overflow would: its queues of inotify are as short as can be, and something
 * happens too often in a directory that both guests know.
 */
import { appendFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { limitFixed, withLimitMeanwhile } from '../../support/inotify-limits.js';
import type { Osmofs } from '../../support/osmofs.js';
import { PATIENCE } from '../../support/patience.js';

const QUEUE = 'max_queued_events';
/** Of the queue, and so many events in one go: many times as many. */
const SHORT = 16;
const STORM = 400;
/** The check leaves names that begin so alone. */
const DIRECTORY = '.cookie-losses';

/** Why events cannot be lost on purpose here, or null. */
export const lossesImpossible: string | null = limitFixed(QUEUE);

/** Queues that are made by what `use` does are short. */
export function withShortQueues<T>(use: () => Promise<T>): Promise<T> {
  return withLimitMeanwhile(QUEUE, SHORT, use);
}

interface Status {
  readonly mounts: readonly { readonly statistics: { readonly resets: number } | null }[];
}

async function resets(osmofs: Osmofs): Promise<number[]> {
  const { stdout } = await osmofs.succeed(['status', '--format', 'json']);
  return (JSON.parse(stdout) as Status).mounts.map(({ statistics }) => statistics?.resets ?? 0);
}

/** Resolves when every mount of the daemon has lost events, and has noticed. */
export async function loseEvents(osmofs: Osmofs, host: string, guests: readonly string[]): Promise<void> {
  const before = await resets(osmofs);
  const place = `${host}/${DIRECTORY}`;
  if (!existsSync(place)) {
    mkdirSync(place);
    for (const name of ['one', 'other']) appendFileSync(`${place}/${name}`, '');
  }
  for (const guest of guests) statSync(`${guest}/${DIRECTORY}`);
  for (const end = Date.now() + 3 * PATIENCE; ; ) {
    // Of two files in turn, so that no event is the same as the one before.
    for (let i = 0; i < STORM; i++) appendFileSync(`${place}/${i % 2 === 0 ? 'one' : 'other'}`, '.');
    const now = await resets(osmofs);
    if (now.every((count, i) => count > (before[i] ?? 0))) return;
    if (Date.now() > end)
      throw new Error(`no loss was noticed: ${before.join(', ')} resets before, ${now.join(', ')} after`);
  }
}
