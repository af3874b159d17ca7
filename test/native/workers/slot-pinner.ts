/** Pins a slot of a table of another thread, tells the descriptor, and unpins when told. */
import { parentPort, workerData } from 'node:worker_threads';
import { check, os } from '../../../native/index.js';

check(os.slotsAttach(workerData.table), 'slotsAttach');
parentPort!.postMessage(os.slotPin(workerData.slot, workerData.generation));
parentPort!.once('message', () => parentPort!.postMessage(os.slotUnpin(workerData.slot)));
