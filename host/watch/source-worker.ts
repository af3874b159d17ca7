/** The thread of FSEvents or of polling. One batch at a time is with the feed; meanwhile the rest is gathered. */
import { createRequire } from 'node:module';
import { workerData } from 'node:worker_threads';
import { os } from '../../native/index.js';
import { messageOf } from '../problem.js';
import { type FsEvents, FsEventsSource } from './darwin/fsevents.js';
import { Pending } from './pending.js';
import { PollingSource } from './polling/polling.js';
import type { Sink, Source } from './source.js';
import type { SourceData, SourceReport, SourceRequest } from './source-data.js';

const data = workerData as SourceData;
const { port } = data;
const counters = new Float64Array(data.counters);
const closed = new Int32Array(data.closed);
const pending = new Pending(data.room);
let waiting = false;
let planned = false;

function report(message: SourceReport): void {
  port.postMessage(message);
  os.wakerSignal(data.waker);
}

function handOver(): void {
  planned = false;
  if (waiting || pending.empty) return;
  waiting = true;
  report(pending.take());
}

const sink: Sink = {
  pending,
  // What comes in one turn goes out together.
  changed: () => {
    if (planned) return;
    planned = true;
    setImmediate(handOver);
  },
  count: () => {
    counters[0]++;
  },
};

function open(): Source {
  if (data.kind === 'polling') return new PollingSource(sink, data.interval);
  // An optional dependency: it is there on macOS only.
  return new FsEventsSource(createRequire(import.meta.url)('fsevents') as FsEvents, data.root, sink);
}

/** After this the waker may belong to somebody else. */
function end(): never {
  Atomics.store(closed, 0, 1);
  Atomics.notify(closed, 0);
  process.exit();
}

// The thread that takes reports learns of no other end: it runs no event loop.
process.once('uncaughtException', (error) => {
  report({ failed: `the thread of ${data.kind} has failed: ${messageOf(error)}` });
  end();
});

const source = open();

port.on('message', (request: SourceRequest) => {
  switch (request.kind) {
    case 'watch':
      return source.watch(request.path, request.id, request.identity);
    case 'unwatch':
      return source.unwatch(request.id);
    case 'taken':
      waiting = false;
      return handOver();
    case 'close':
      return void source.close().finally(end);
  }
});
