/** Appends `length` bytes 'b' to a file at a time, again and again, until told to end. */
import { openSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

const fd = openSync(workerData.path, 'a');
let more = true;
parentPort!.once('message', () => {
  more = false;
});
writeSync(fd, Buffer.alloc(workerData.length, 'b'));
parentPort!.postMessage('appending');
for (let count = 1; more && count < workerData.count; count++) {
  writeSync(fd, Buffer.alloc(workerData.length, 'b'));
  await new Promise(setImmediate);
}
