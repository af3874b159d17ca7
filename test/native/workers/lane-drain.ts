/** Reads `length` bytes from a blocking descriptor, answers the other side with one byte, and hands over what it got. */
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { readAll } from '../support/lanes.js';

parentPort!.postMessage('reading');
const got = readAll(workerData.fd, workerData.length);
writeSync(workerData.fd, '.');
parentPort!.postMessage(got);
