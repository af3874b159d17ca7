/** The thread behind aside.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { os } from '../native/index.js';
import type { UnmountCall } from './aside.js';
import { Strings } from './strings.js';

const { target, flags, release } = workerData as UnmountCall;
const arena = os.createArena(target.length + 1);
os.attachArena(arena);
const result = os.unmount(new Strings(arena).put(target), flags);
// Not before: a refused unmount leaves everything as it was.
if (result === 0 && release !== undefined) os.announcerRelease(release.announcer, release.wait ? 1 : 0);
parentPort!.postMessage(result);
