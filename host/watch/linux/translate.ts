/** From events of inotify(7) to what is pending. Pure. */
import { IN, type InotifyEvent } from '../../../native/os-watch.js';
import type { Pending } from '../pending.js';
import { Hint } from '../watcher.js';

/** What every watch asks for: the same for all, so that two keys of one directory do not disturb each other. */
export const MASK =
  IN.MODIFY |
  IN.ATTRIB |
  IN.CLOSE_WRITE |
  IN.MOVED_FROM |
  IN.MOVED_TO |
  IN.CREATE |
  IN.DELETE |
  IN.DELETE_SELF |
  IN.MOVE_SELF |
  IN.ONLYDIR |
  IN.EXCL_UNLINK;

const HINTS: readonly (readonly [bit: number, hint: number])[] = [
  [IN.CREATE, Hint.CREATED],
  [IN.DELETE, Hint.REMOVED],
  [IN.MODIFY, Hint.MODIFIED],
  [IN.ATTRIB, Hint.ATTRIBUTES],
  [IN.CLOSE_WRITE, Hint.CLOSED],
  [IN.MOVED_FROM, Hint.MOVED | Hint.REMOVED],
  [IN.MOVED_TO, Hint.MOVED | Hint.CREATED],
  [IN.ISDIR, Hint.DIRECTORY],
];

export function translate({ watch, mask, cookie, name }: InotifyEvent, pending: Pending): void {
  const has = (bit: number) => (mask & bit) !== 0;
  if (has(IN.Q_OVERFLOW)) pending.everything('overflow');
  else if (has(IN.UNMOUNT)) pending.ended(watch, 'unmounted');
  else if (has(IN.DELETE_SELF) || has(IN.IGNORED)) pending.ended(watch, 'removed');
  else if (name === '') pending.self(watch);
  else {
    const hints = HINTS.reduce((all, [bit, hint]) => (has(bit) ? all | hint : all), 0);
    pending.name(watch, name, hints);
    if (has(IN.MOVED_FROM)) pending.move(cookie, 'from', watch, name);
    if (has(IN.MOVED_TO)) pending.move(cookie, 'to', watch, name);
  }
}
