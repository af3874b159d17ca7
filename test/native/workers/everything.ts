/** Makes one of everything in a thread, closes nothing, then waits until terminated or ends at once. */
import { parentPort, workerData } from 'node:worker_threads';
import { check, IN, os, SlowOp } from '../../../native/index.js';
import { OUT, socketPair, text, u64, view } from '../support/fixture.js';

const { waker, file, wait } = workerData;
const root = check(os.openRoot(text(file.slice(0, file.lastIndexOf('/')))), 'openRoot');
const open = () => check(os.openFile(root, text(file.slice(file.lastIndexOf('/') + 1)), 2, 0), 'openFile');
const descriptors = [root];

const [mine, peer] = socketPair();
descriptors.push(peer);
const lane = check(os.laneCreate(mine, waker, 1 << 21), 'laneCreate');
check(os.slotsAttach(check(os.slotsCreate(8), 'slotsCreate')), 'slotsAttach');
check(os.slotOpen(0, 1, open(), 0), 'slotOpen');
const fd = check(os.slotPin(0, 1), 'slotPin');
check(os.laneReplyRead(lane, fd, u64(1), u64(0), 1 << 17), 'laneReplyRead');
check(os.laneSend(lane, OUT, 1 << 20), 'laneSend');
check(os.laneSubmit(lane, SlowOp.FSYNC, u64(2), 0, -1, u64(0, 0, 0)), 'laneSubmit');

const holder = open();
const record = u64(0, 0x7fffffffffffffffn, 0);
view.setUint32(record + 16, 1, true);
check(os.lockSet(holder, record), 'lockSet');
const waiter = open();
check(os.laneSubmit(lane, SlowOp.LOCK_WAIT, u64(3), waiter, -1, record), 'laneSubmit');
descriptors.push(holder, waiter);

const [pumped, pumpPeer] = socketPair();
descriptors.push(pumpPeer);
const pumpLane = check(os.laneCreate(pumped, -1, 1 << 20), 'laneCreate');
check(os.pumpStart(pumpLane, holder, -1), 'pumpStart');
check(os.announcerStart(holder, 0), 'announcerStart');

const inotify = os.inotifyCreate();
if (inotify >= 0) {
  check(os.inotifyAdd(inotify, root, IN.CREATE), 'inotifyAdd');
  check(os.inotifyQueueStart(inotify, waker, 1 << 20, 0), 'inotifyQueueStart');
  descriptors.push(inotify);
}

// Plain descriptors are JavaScript's own to close; all the rest ends with the thread.
for (const each of descriptors) os.close(each);
parentPort!.postMessage('made');
if (wait) for (;;) os.laneExchange(lane, 0, 0, OUT, 1, 0);
