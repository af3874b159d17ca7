/** What the thread that reads inotify and the one that listens share. */
import type { Room } from '../pending.js';

export interface InotifyData {
  readonly inotify: number;
  readonly waker: number;
  readonly room: Room;
  /** s32 of {@link Control}; the waker says that there is something to look at */
  readonly control: SharedArrayBuffer;
  /** f64: events so far */
  readonly counters: SharedArrayBuffer;
}

/** STOP: not 0 = end now. TAKEN: batches that were delivered. SYNC: the last `sync` that was asked for. */
export const Control = { STOP: 0, TAKEN: 1, SYNC: 2, COUNT: 3 } as const;
