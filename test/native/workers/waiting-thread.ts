/**
 * A thread that waits in the call named `workerData.call`, over and over; whoever signals `workerData.waker` ends it,
 * since JavaScript that was told to stop does so as soon as it runs again.
 */
import { openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { check, os, WOKEN } from '../../../native/index.js';
import { OUT, socketPair, u64, view } from '../support/fixture.js';

const waker: number = workerData.waker;
const [mine] = socketPair();
const lane = check(os.laneCreate(mine, waker, 1 << 20), 'laneCreate');
if (workerData.shared) check(os.laneShareOffer(lane, 1 << 22), 'laneShareOffer');
const file = openSync(workerData.file, 'r+');

/** Everything that waits, each with what it needs to have to wait. */
const calls: Record<string, () => number> = {
  laneExchange: () => os.laneExchange(lane, 0, 0, OUT, 100, 50),
  laneSend: () => os.laneSend(lane, OUT, 1 << 20),
  laneReplyRead: () => os.laneReplyRead(lane, file, u64(1), u64(0), 1 << 19),
  laneReceiveWrite: () => {
    const status = u64(0);
    os.laneReceiveWrite(lane, file, OUT, 0, 100, u64(0), 0, status);
    return view.getInt32(status, true);
  },
  agentWait: () => os.agentWait(-1, lane, 0, 0, 0, 0, OUT, 100, u64(0), 50, -1),
};
const call = calls[workerData.call];
parentPort!.postMessage('waiting');
for (;;) {
  const result = call();
  if (result < 0 && result !== WOKEN) throw new Error(`${workerData.call}: ${result}`);
}
