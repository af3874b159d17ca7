/** Shuts a lane of another thread down, when told. */
import { parentPort, workerData } from 'node:worker_threads';
import { os } from '../../../native/index.js';

parentPort!.once('message', () => os.laneShutdown(workerData.lane));
parentPort!.postMessage('ready');
