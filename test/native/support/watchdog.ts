/**
 * For tests whose own thread waits in native calls, where mocha's timeouts are not seen: a thread beside them wakes the calls
 * when patience is over. They return WOKEN then, which no test expects, instead of never.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { PATIENCE } from '../../support/patience.js';
import type { Lane } from './lanes.js';

const MOST = 16;

/** Registers hooks of the suite; the result is called with the lanes of each test. */
export function watchdog(): (...lanes: Lane[]) => void {
  const words = new Int32Array(new SharedArrayBuffer(4 * (1 + MOST)));
  let worker: Worker;
  const next = (wakers: number[]) => {
    words.fill(-1, 1);
    words.set(wakers, 1);
    Atomics.add(words, 0, 1);
    Atomics.notify(words, 0);
  };
  before(() => {
    words[0] = 0;
    const workerData = { buffer: words.buffer, patience: PATIENCE };
    worker = new Worker(new URL('../workers/watchdog.js', import.meta.url), { workerData });
  });
  // Before the wakers are closed, and their numbers belong to something else.
  afterEach(() => next([]));
  after(async () => {
    const ended = once(worker, 'exit');
    Atomics.store(words, 0, -1);
    Atomics.notify(words, 0);
    await ended;
  });
  return (...lanes) => next(lanes.map((each) => each.waker));
}
