/** Signals the wakers in `words` (from the second on, -1 = none) when the first has not changed for `patience` ms. */
import { workerData } from 'node:worker_threads';
import { os } from '../../../native/index.js';

const { buffer, patience } = workerData;
const words = new Int32Array(buffer);
for (;;) {
  const seen = Atomics.load(words, 0);
  if (seen < 0) break;
  if (Atomics.wait(words, 0, seen, patience) !== 'timed-out') continue;
  for (const waker of words.subarray(1)) if (waker >= 0) os.wakerSignal(waker);
}
