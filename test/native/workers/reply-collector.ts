/** Reads `count` FUSE replies from a blocking descriptor, answers with one byte, and hands the replies over. */
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { readAll } from '../support/lanes.js';

parentPort!.postMessage('reading');
const replies: Buffer[] = [];
for (let count = 0; count < workerData.count; count++) {
  const header = readAll(workerData.fd, 16);
  replies.push(Buffer.concat([header, readAll(workerData.fd, header.readUInt32LE(0) - 16)]));
}
writeSync(workerData.fd, '.');
parentPort!.postMessage(replies);
