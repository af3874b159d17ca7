/** The limits of inotify(7), which belong to the machine: changed for a moment only. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { atExit } from './at-exit.js';

const LIMITS = '/proc/sys/fs/inotify';

/** Why this process cannot change that limit of inotify(7), or null. */
export function limitFixed(name: string): string | null {
  if (!existsSync(`${LIMITS}/${name}`)) return `needs ${LIMITS}/${name}`;
  try {
    writeFileSync(`${LIMITS}/${name}`, readFileSync(`${LIMITS}/${name}`));
    return null;
  } catch {
    return `may not change ${LIMITS}/${name}`;
  }
}

/** Gives the limit another value, of this machine: as short as can be. Result: gives the old one back. */
function change(name: string, value: number): () => void {
  const path = `${LIMITS}/${name}`;
  const old = readFileSync(path);
  const restore = () => writeFileSync(path, old);
  const forget = atExit(restore);
  writeFileSync(path, String(value));
  return () => {
    restore();
    forget();
  };
}

/** Runs `use` while the limit has another value. */
export function withLimit<T>(name: string, value: number, use: () => T): T {
  const restore = change(name, value);
  try {
    return use();
  } finally {
    restore();
  }
}

/** As {@link withLimit}, until what `use` gives is settled. */
export async function withLimitMeanwhile<T>(name: string, value: number, use: () => Promise<T>): Promise<T> {
  const restore = change(name, value);
  try {
    return await use();
  } finally {
    restore();
  }
}
