/**
 * The thread that reads inotify: it sleeps in a native call, and takes events out of the kernel's queue whatever the listener is
 * doing. One batch at a time is with the listener; meanwhile the rest is gathered.
 *
 * `sync`: the queue of an instance is in order. A watch of our own (on a pipe, where nothing ever happens) is removed, and its
 * IN_IGNORED comes behind everything that happened before.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { check, inotifyEvents, os, WOKEN } from '../../../native/index.js';
import { IN, type InotifyEvent } from '../../../native/os-watch.js';
import { Errno } from '../../../protocol/errno.js';
import { Pending } from '../pending.js';
import { translate } from './translate.js';
import { Control, type InotifyData } from './worker-data.js';

const READ_AT = 16;
const READ_SIZE = 64 * 1024;
/** Reads in a row before the listener gets its batch. */
const READS = 64;

const data = workerData as InotifyData;
const control = new Int32Array(data.control);
const counters = new Float64Array(data.counters);
const arena = os.createArena(READ_AT + READ_SIZE);
os.attachArena(arena);
const memory = Buffer.from(arena);
const pending = new Pending(data.room);

check(os.openPipe(0), 'openPipe');
const pipe = [memory.readInt32LE(0), memory.readInt32LE(4)];

/** The watch whose removal is the next mark; negative: there is none. */
let spare = arm();
/** Watches of the pipe that were removed and have not said so yet, with the `sync` each stands for. */
const marks = new Map<number, number>();
/** the last `sync` that was seen to */
let marked = 0;
/** batches */
let sent = 0;

function arm(): number {
  return os.inotifyAdd(data.inotify, pipe[0], IN.DELETE_SELF);
}

function synchronize(): void {
  const number = Atomics.load(control, Control.SYNC);
  if (number === marked) return;
  marked = number;
  if (spare < 0) spare = arm();
  if (spare < 0 || os.inotifyRemove(data.inotify, spare) < 0) {
    // No watch is to be had. Whoever compares everything has missed nothing.
    pending.everything('barrier');
    pending.barrier(number);
  } else {
    marks.set(spare, number);
  }
  spare = arm();
}

function take(event: InotifyEvent): void {
  const mark = marks.get(event.watch);
  if (mark !== undefined) {
    marks.delete(event.watch);
    pending.barrier(mark);
    return;
  }
  counters[0]++;
  translate(event, pending);
  if ((event.mask & IN.Q_OVERFLOW) === 0) return;
  // The marks may be among what was lost, and are not needed any more.
  marks.clear();
  pending.barrier(marked);
}

/** Takes what there is; bounded, so that a batch comes out also while changes never stop. */
function read(): void {
  for (let reads = 0; reads < READS; reads++) {
    const length = os.inotifyRead(data.inotify, READ_AT, READ_SIZE);
    if (length === -Errno.EAGAIN) return;
    check(length, 'inotifyRead');
    for (const event of inotifyEvents(memory.subarray(READ_AT, READ_AT + length))) take(event);
  }
}

function handOver(): void {
  if (pending.empty || Atomics.load(control, Control.TAKEN) !== sent) return;
  sent = (sent + 1) | 0;
  parentPort!.postMessage(pending.take());
}

try {
  for (;;) {
    const result = os.inotifyWait(data.inotify, data.waker);
    if (result === WOKEN) {
      os.wakerDrain(data.waker);
      if (Atomics.load(control, Control.STOP) !== 0) break;
      synchronize();
    } else {
      check(result, 'inotifyWait');
      read();
    }
    handOver();
  }
} finally {
  for (const fd of pipe) os.close(fd);
}
