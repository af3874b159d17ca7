/** The thread behind aside.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { os } from '../native/index.js';
import type { UnmountCall } from './aside.js';
import { Strings } from './strings.js';

const { target, flags } = workerData as UnmountCall;
const arena = os.createArena(target.length + 1);
os.attachArena(arena);
parentPort!.postMessage(os.unmount(new Strings(arena).put(target), flags));
