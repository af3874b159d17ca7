/** Sends `count` messages of `size` bytes `mark` on a lane of another thread, when told. */
import { parentPort, workerData } from 'node:worker_threads';
import { check, os } from '../../../native/index.js';

const { lane, mark, count, size } = workerData;
const arena = os.createArena(size);
os.attachArena(arena);
new Uint8Array(arena).fill(mark);
parentPort!.once('message', () => {
  for (let sent = 0; sent < count; sent++) check(os.laneSend(lane, 0, size), 'laneSend');
});
parentPort!.postMessage('ready');
