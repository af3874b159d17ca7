/** One inotify instance of a test: watches, and what it has to say, in words. */
import { IN, type InotifyEvent, inotifyEvents, os } from '../../../native/index.js';
import { Errno } from '../../../protocol/errno.js';
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
