/** Inotify instances of a test: watches, and what they have to say, in words. */
import { IN, os, readInotify } from '../../../native/index.js';
import { bytes, OUT, succeeds } from './fixture.js';

/** What is drained in one call. */
const ROOM = 1 << 16;
const words32 = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);

export interface Event {
  readonly watch: number;
  readonly mask: number;
  readonly cookie: number;
  readonly name: string;
}

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

/** An instance and its queue. */
export interface Instance {
  readonly inotify: number;
  readonly waker: number;
  readonly queue: number;
  close(): void;
}

export function instance(limit = 1 << 20, inotify = succeeds(os.inotifyCreate())): Instance {
  const waker = succeeds(os.wakerCreate());
  const queue = succeeds(os.inotifyQueueStart(inotify, waker, limit, 0));
  const close = () => {
    succeeds(os.inotifyQueueStop(queue));
    for (const fd of [inotify, waker]) os.close(fd);
  };
  return { inotify, waker, queue, close };
}

/** The records that were drained to OUT. */
export function records(length: number): Event[] {
  const found: Event[] = [];
  readInotify(bytes, words32, OUT, length, (watch, mask, cookie, name) => found.push({ watch, mask, cookie, name }));
  return found;
}

/** Everything that has happened until now and was not drained yet. */
export function drain(queue: number, room = ROOM): Event[] {
  const found: Event[] = [];
  for (let fresh = 1; ; fresh = 0) {
    const length = succeeds(os.inotifyQueueDrain(queue, OUT, room, fresh), 'inotifyQueueDrain');
    if (length === 0) return found;
    found.push(...records(length));
  }
}

/** "CREATE|ISDIR name" */
export function words({ mask, name }: Event): string {
  const bits = Object.entries(IN).filter(([, bit]) => (mask & bit) >>> 0 === bit);
  return [bits.map(([bit]) => bit).join('|'), ...(name === '' ? [] : [name])].join(' ');
}
