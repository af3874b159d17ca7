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

/** Runs `use` while the limit has another value, of this machine: as short as can be. */
export function withLimit<T>(name: string, value: number, use: () => T): T {
  const path = `${LIMITS}/${name}`;
  const old = readFileSync(path);
  const restore = () => writeFileSync(path, old);
  const forget = atExit(restore);
  writeFileSync(path, String(value));
  try {
    return use();
  } finally {
    restore();
    forget();
  }
}
