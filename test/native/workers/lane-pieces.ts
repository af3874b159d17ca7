/** Sends `content` on a lane of another thread, in `pieces` pieces, or as much as can be sent. */
import { parentPort, workerData } from 'node:worker_threads';
import { os } from '../../../native/index.js';
import { bytes, OUT } from '../support/fixture.js';

const { lane, content, pieces } = workerData;
bytes.set(content, OUT);
parentPort!.postMessage('sending');
const size = Math.max(1, Math.ceil(content.length / pieces));
for (let at = 0; at < content.length; at += size) {
  if (os.laneSend(lane, OUT + at, Math.min(size, content.length - at)) < 0) break;
}
