/** Writes `rest` to a blocking descriptor in `pieces` writes. */
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

const { fd, rest, pieces } = workerData;
parentPort!.postMessage('sending');
const size = Math.ceil(rest.length / pieces);
for (let at = 0; at < rest.length; ) at += writeSync(fd, rest, at, Math.min(size, rest.length - at));
