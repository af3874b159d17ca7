/** The thread of FSEvents or of polling. Like the one of inotify, it has one batch at a time with the listener. */
import { createRequire } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { type FsEvents, FsEventsSource } from './darwin/fsevents.js';
import { Pending } from './pending.js';
import { PollingSource } from './polling/polling.js';
import type { Sink, Source } from './source.js';
import type { SourceData, SourceRequest } from './source-data.js';

const data = workerData as SourceData;
const counters = new Float64Array(data.counters);
const pending = new Pending(data.room);
let waiting = false;
let planned = false;

function handOver(): void {
  planned = false;
  if (waiting || pending.empty) return;
  waiting = true;
  parentPort!.postMessage(pending.take());
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

const source = open();

parentPort!.on('message', (request: SourceRequest) => {
  switch (request.kind) {
    case 'watch':
      return source.watch(request.path, request.id, request.identity);
    case 'unwatch':
      return source.unwatch(request.id);
    case 'sync':
      return source.sync(() => {
        pending.barrier(request.number);
        sink.changed();
      });
    case 'taken':
      waiting = false;
      return handOver();
    case 'close':
      return void source.close().then(() => process.exit());
  }
});
