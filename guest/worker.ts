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
import { Errno } from '../protocol/errno.js';
import { Counter } from './counters.js';
import { DATA, Forward, type Port, STREAM_CHUNK } from './forward.js';
import { ANSWERED, FORWARD, LocalAnswers } from './local-answers.js';
import { runMountCalls } from './mount-calls.js';
import { Ask, End, type WorkerData, type WorkerMessage, type WorkerReport } from './worker-report.js';
import { type BehindPort, LIMIT, roomFor, SMALL, WriteBehind } from './write-behind.js';

const PAGE = 4096;
/** fuse_in_header + fuse_write_in: the bytes of a WRITE start on a page. */
const WRITE_HEADERS = 80;

const { calls, fuseFd, metaLane, dataLane, waker, announcer, pump, largest, local, counters, ask, writeBehind } =
  workerData as WorkerData;

const roundUp = (bytes: number) => Math.ceil(bytes / PAGE) * PAGE;

// The arena: results, the request, the stream of the metadata lane, what is written behind.
const RESULTS = 0;
const SETTLED = 16;
/** How long the host may take to write what is left when the mount is to end, ms. */
const LAST_WRITES = 5_000;
/** How often is looked whether to go on waiting, ms. */
const GLANCE = 50;
const request = 2 * PAGE - WRITE_HEADERS;
const requestRoom = roundUp(largest) + WRITE_HEADERS;
const stream = request + requestRoom;
const streamSize = roundUp(largest + STREAM_CHUNK);
const behindRoom = stream + streamSize;
const most = largest - PAGE;
const arena = os.createArena(behindRoom + (writeBehind ? roomFor(most) : 0));
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

const behindPort: BehindPort = {
  send: (offset, length) => os.laneSend(dataLane, offset, length),
  sendAside: (offset, length) => os.laneSend(metaLane, offset, length),
  reply: port.reply,
  settle,
  failure() {
    if (os.pumpFailure(pump, SETTLED) !== 1) return undefined;
    return { sequence: view.getUint32(SETTLED, true), errno: -view.getInt32(SETTLED + 8, true) };
  },
};
const view = new DataView(arena);
const behind = writeBehind ? new WriteBehind(arena, request, behindRoom, most, behindPort, counters) : undefined;
/** WRITEs of so many bytes may go straight to the data lane without having been seen here, if nothing is kept that comes first. */
const bulkLeast = behind === undefined ? 0 : SMALL + 1;

const tell = (message: WorkerMessage) => parentPort!.postMessage(message);

type Ending = Omit<WorkerReport, 'lost'>;

/** Waits for the answers to our own WRITEs. Who is told to stop meanwhile does not wait for ever. */
function settle(count: number): number {
  for (let until = Infinity; ; ) {
    const failed = os.pumpSettle(pump, count, GLANCE, SETTLED);
    if (((view.getUint32(SETTLED, true) - count) | 0) >= 0) return 0;
    if (failed < 0) return failed;
    if (until === Infinity && Atomics.load(ask, Ask.STOP) !== 0) until = performance.now() + LAST_WRITES;
    if (performance.now() > until) return -Errno.ETIMEDOUT;
  }
}

/** Serves until there is a reason not to. */
function serve(): Ending {
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
      behind?.dirty ? 0 : dataLane,
      bulkLeast,
      request,
      requestRoom,
      forward.receiveAt,
      STREAM_CHUNK,
      RESULTS,
      spin.microseconds,
      behind?.dirty ? LIMIT : -1,
    );
    if (result === WOKEN) {
      const report = woken();
      if (report !== undefined) return report;
      continue;
    }
    if (result < 0) return { end: End.FAILED, code: result };
    const now = performance.now();
    spin.waited((now - before) * 1000);
    if (results[2]! > 0) forward.sent(results[2]!);
    const report = asked(results[0]!, now) ?? received(results[1]!);
    if (report !== undefined) return report;
    const late = behind?.overdue(now) ?? 0;
    if (late < 0) return { end: End.PUMP, code: late };
  }
}

/** @param length of the request that was read, or -errno */
function asked(length: number, now: number): Ending | undefined {
  if (length < 0) return { end: End.KERNEL, code: length };
  if (length === 0) return undefined;
  const kept = behind?.take(length, now) ?? FORWARD;
  if (kept < 0) return { end: End.PUMP, code: kept };
  if (kept === ANSWERED) return undefined;
  const answered = answers.take(length);
  if (answered < 0) return { end: End.DELIVERY, code: answered };
  if (answered === ANSWERED) return undefined;
  const sent = forward.request(length);
  // The request is on its way all the same.
  if (sent === WOKEN) return woken();
  return sent < 0 ? { end: End.LANE, code: sent } : undefined;
}

/** @param length what came on the metadata lane, or -errno */
function received(length: number): Ending | undefined {
  if (length < 0) return { end: End.LANE, code: length };
  if (length === 0) return undefined;
  const delivered = forward.received(length);
  return delivered < 0 ? { end: End.DELIVERY, code: delivered } : undefined;
}

let changes = 0;

function woken(): Ending | undefined {
  os.wakerDrain(waker);
  if (Atomics.load(ask, Ask.STOP) !== 0) return { end: End.ASKED, code: 0 };
  if (Atomics.exchange(ask, Ask.DRAIN, 0) !== 0) {
    const errno = behind?.drain() ?? 0;
    if (errno < 0) return { end: End.PUMP, code: errno };
    tell({ drained: errno });
  }
  const changed = os.announcerChanges(announcer);
  if (changed > changes) {
    changes = changed;
    tell({ mountsChanged: true });
  }
  const code = os.pumpStatus(pump);
  return code === 0 ? undefined : { end: End.PUMP, code };
}

tell({ mounted });
if (mounted === 0) {
  const ending = serve();
  // Of a mount that ends for another reason this is the last chance.
  const left = behind?.drain() ?? 0;
  tell({ report: { ...ending, lost: left < 0 ? Errno.EIO : left } });
}
