/** Reading an inotify instance without a queue: what tests watch with. */
import { readSync } from 'node:fs';
import { type InotifyEvent, readInotify } from '../../native/os-watch.js';

const ROOM = 1 << 20;
const memory = Buffer.from(new ArrayBuffer(ROOM));
const words = new Int32Array(memory.buffer);

/** Tells the events that one read(2) gives. False if there are none. */
export function tellEvents(inotify: number, event: InotifyEvent): boolean {
  try {
    readInotify(memory, words, 0, readSync(inotify, memory, 0, ROOM, null), event);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
    throw error;
  }
}
