/**
 * The thread of one mount: waits for the kernel's requests and the daemon's replies at once and passes them on. It lives
 * in a native call nearly all the time and ends when its waker is signalled with the stop word set, or when one side ends.
 *
 * Replies of the data lane do not come here: a native pump copies them.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { os } from '../native/index.js';
import { WOKEN } from '../native/os.js';
import { Spin } from '../native/spin.js';
import { Counter } from './counters.js';
import { DATA, Forward, type Port, STREAM_CHUNK } from './forward.js';
import { ANSWERED, LocalAnswers } from './local-answers.js';
import { runMountCalls } from './mount-calls.js';
import { End, type WorkerData, type WorkerMessage, type WorkerReport } from './worker-report.js';

const PAGE = 4096;
/** fuse_in_header + fuse_write_in: the bytes of a WRITE start on a page. */
const WRITE_HEADERS = 80;

const { calls, fuseFd, metaLane, dataLane, waker, announcer, pump, largest, local, counters, stop } =
  workerData as WorkerData;

const roundUp = (bytes: number) => Math.ceil(bytes / PAGE) * PAGE;

// The arena: results, the request, the stream of the metadata lane.
const RESULTS = 0;
const request = 2 * PAGE - WRITE_HEADERS;
const requestRoom = roundUp(largest) + WRITE_HEADERS;
const stream = request + requestRoom;
const streamSize = roundUp(largest + STREAM_CHUNK);
const arena = os.createArena(stream + streamSize);
os.attachArena(arena);
const results = new Int32Array(arena, RESULTS, 3);

const port: Port = {
  send: (lane, offset, length) => os.laneSend(lane === DATA ? dataLane : metaLane, offset, length),
  reply: (offset, length) => os.fuseWrite(fuseFd, offset, length),
  announce: (offset, length) => os.announcerPush(announcer, offset, length),
};

// While the mount is still writable: the view of those who inject is a copy of it. Without one they are refused, call by call.
const mounted = runMountCalls(calls, arena, stream, (pointOff) => os.announcerOpen(announcer, pointOff));
const injector = Math.max(0, os.announcerInjector(announcer));
const forward = new Forward(arena, { request, stream, streamSize }, { largest, injector }, port, counters);
const answers = new LocalAnswers(arena, request, port.reply, local, counters);

const tell = (message: WorkerMessage) => parentPort!.postMessage(message);

/** Serves until there is a reason not to. */
function serve(): WorkerReport {
  const spin = new Spin();
  let initialised = false;
  for (;;) {
    if (!initialised && counters[Counter.REPLIES]! + counters[Counter.REFUSED]! > 0) {
      initialised = true;
      tell({ initialised });
    }
    const before = performance.now();
    const result = os.agentWait(
      fuseFd,
      metaLane,
      dataLane,
      request,
      requestRoom,
      forward.receiveAt,
      STREAM_CHUNK,
      RESULTS,
      spin.microseconds,
    );
    if (result === WOKEN) {
      const report = woken();
      if (report !== undefined) return report;
      continue;
    }
    if (result < 0) return { end: End.FAILED, code: result };
    spin.waited((performance.now() - before) * 1000);
    if (results[2]! > 0) forward.sent(results[2]!);
    const report = asked(results[0]!) ?? received(results[1]!);
    if (report !== undefined) return report;
  }
}

/** @param length of the request that was read, or -errno */
function asked(length: number): WorkerReport | undefined {
  if (length < 0) return { end: End.KERNEL, code: length };
  if (length === 0) return undefined;
  const answered = answers.take(length);
  if (answered < 0) return { end: End.DELIVERY, code: answered };
  if (answered === ANSWERED) return undefined;
  const sent = forward.request(length);
  // The request is on its way all the same.
  if (sent === WOKEN) return woken();
  return sent < 0 ? { end: End.LANE, code: sent } : undefined;
}

/** @param length what came on the metadata lane, or -errno */
function received(length: number): WorkerReport | undefined {
  if (length < 0) return { end: End.LANE, code: length };
  if (length === 0) return undefined;
  const delivered = forward.received(length);
  return delivered < 0 ? { end: End.DELIVERY, code: delivered } : undefined;
}

let changes = 0;

function woken(): WorkerReport | undefined {
  os.wakerDrain(waker);
  if (Atomics.load(stop, 0) !== 0) return { end: End.ASKED, code: 0 };
  const changed = os.announcerChanges(announcer);
  if (changed > changes) {
    changes = changed;
    tell({ mountsChanged: true });
  }
  const code = os.pumpStatus(pump);
  return code === 0 ? undefined : { end: End.PUMP, code };
}

tell({ mounted });
if (mounted === 0) tell({ report: serve() });
