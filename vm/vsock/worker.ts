/** The thread of a vsock device. */
import { parentPort, workerData } from 'node:worker_threads';
import { isSystemError, os } from '../../native/index.js';
import { Loop } from './loop.js';

export interface WorkerData {
  readonly directory: string;
  readonly cid: number;
  readonly waker: number;
  readonly socketPath: string;
  readonly counters: SharedArrayBuffer;
  /** one s32: not 0 = end now (the waker says that there is something to look at) */
  readonly stop: SharedArrayBuffer;
}

/** A line for the log; or, first, that the sockets are there or why not. */
export type WorkerReport =
  | { readonly kind: 'log'; readonly level: 'info' | 'warn'; readonly text: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly errno: number; readonly syscall: string; readonly path?: string };

const data = workerData as WorkerData;
const stop = new Int32Array(data.stop);

const report = (message: WorkerReport) => parentPort!.postMessage(message);

try {
  const loop = new Loop(os, {
    ...data,
    counters: new Float64Array(data.counters),
    now: () => performance.now(),
    stopping: () => Atomics.load(stop, 0) !== 0,
    log: (level, text) => report({ kind: 'log', level, text }),
  });
  report({ kind: 'ready' });
  loop.run();
} catch (error) {
  if (!isSystemError(error)) throw error;
  const { errno, syscall, path } = error;
  report({ kind: 'failed', errno, syscall, ...(path === undefined ? {} : { path }) });
}
