/** One inotify instance of a test: watches, and what it has to say, in words. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { IN, type InotifyEvent, inotifyEvents, os } from '../../../native/index.js';
import { Errno } from '../../../protocol/errno.js';
import { atExit } from '../../support/at-exit.js';
import { bytes, OUT, succeeds } from './fixture.js';

const ROOM = 1 << 16;

/** Everything that a change in a directory can say. */
export const ALL =
  IN.MODIFY |
  IN.ATTRIB |
  IN.CLOSE_WRITE |
  IN.MOVED_FROM |
  IN.MOVED_TO |
  IN.CREATE |
  IN.DELETE |
  IN.DELETE_SELF |
  IN.MOVE_SELF;

/** What has happened so far and was not read yet. */
export function read(inotify: number): InotifyEvent[] {
  const found: InotifyEvent[] = [];
  for (;;) {
    const length = os.inotifyRead(inotify, OUT, ROOM);
    if (length === -Errno.EAGAIN) return found;
    found.push(...inotifyEvents(bytes.subarray(OUT, OUT + succeeds(length, 'inotifyRead'))));
  }
}

/** "CREATE|ISDIR name" */
export function words({ mask, name }: InotifyEvent): string {
  const bits = Object.entries(IN).filter(([, bit]) => (mask & bit) >>> 0 === bit);
  return [bits.map(([bit]) => bit).join('|'), ...(name === '' ? [] : [name])].join(' ');
}

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

export const limit = (name: string): number => Number(readFileSync(`${LIMITS}/${name}`, 'latin1'));

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
