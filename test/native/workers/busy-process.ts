/**
 * A process with everything under way at once: a thread in a wait, operations in the pool, a wait for a lock, a pump, a
 * announcer. Ends by process.exit(7) ("exit") or by the end of its work ("end").
 */
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { check, os, SlowOp } from '../../../native/index.js';
import { OUT, socketPair, u64, view } from '../support/fixture.js';

const way = process.argv[2];
const directory = mkdtempSync('/var/tmp/osmofs-native-');
const file = openSync(`${directory}/file`, 'w+');
const other = openSync(`${directory}/file`, 'r+');
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

const [mine] = socketPair();
const lane = check(os.laneCreate(mine, check(os.wakerCreate(), 'wakerCreate'), 1 << 20), 'laneCreate');
check(os.slotsAttach(check(os.slotsCreate(64), 'slotsCreate')), 'slotsAttach');
check(os.slotOpen(0, 1, openSync(`${directory}/file`, 'r+'), 0), 'slotOpen');
for (let count = 0; count < 500; count++) {
  check(os.slotPin(0, 1), 'slotPin');
  check(os.pwrite(file, OUT, 4096, u64(4096 * count), 0), 'pwrite');
  check(os.laneSubmit(lane, SlowOp.FSYNC, u64(count + 1), 0, -1, u64(0, 0, 0)), 'laneSubmit');
}
const record = u64(0, 0x7fffffffffffffffn, 0);
view.setUint32(record + 16, 1, true);
check(os.lockSet(file, record), 'lockSet');
check(os.laneSubmit(lane, SlowOp.LOCK_WAIT, u64(1000), other, -1, record), 'laneSubmit');

const [, pumped] = socketPair();
const pumpLane = check(os.laneCreate(pumped, -1, 1 << 20), 'laneCreate');
check(os.pumpStart(pumpLane, -1, -1), 'pumpStart');
const notification = u64(0x0000_0002_0000_0010n, 0);
check(os.announcerPush(check(os.announcerStart(file, 0), 'announcerStart'), notification, 16), 'announcerPush');

const waker = check(os.wakerCreate(), 'wakerCreate');
const worker = new Worker(new URL('waiting-thread.js', import.meta.url), {
  workerData: { waker, call: 'laneExchange', file: `${directory}/file` },
});
worker.once('message', () => {
  // process.exit waits for the other threads: those must be let go.
  process.on('exit', () => os.wakerSignal(waker));
  if (way === 'exit') process.exit(7);
  os.wakerSignal(waker);
  void worker.terminate();
});
