/** Sends back what comes on a lane of another thread, until `bytes` bytes have. */
import { parentPort, workerData } from 'node:worker_threads';
import { check, os } from '../../../native/index.js';

const arena = os.createArena(1 << 16);
os.attachArena(arena);
parentPort!.postMessage('ready');
let pending = 0;
for (let left: number = workerData.bytes; left > 0; ) {
  const got = check(os.laneExchange(workerData.lane, 0, pending, 0, 1 << 16, left % 7 === 0 ? 30 : 0), 'laneExchange');
  if (got === 0) break;
  pending = got;
  left -= got;
}
check(os.laneSend(workerData.lane, 0, pending), 'laneSend');
