/** The thread behind aside.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { os } from '../native/index.js';
import type { BindCall, UnmountCall } from './aside.js';
import { Strings } from './strings.js';

/** Of a path, and its NUL. */
const ROOM = 4096;

const call = workerData as UnmountCall | BindCall;
const arena = os.createArena(3 * ROOM);
os.attachArena(arena);
const strings = new Strings(arena);
parentPort!.postMessage('root' in call ? bind(call) : unmount(call));

function bind({ root, way, target, readOnly }: BindCall): number {
  return os.bindDirectory(strings.put(root), strings.put(way), strings.put(target), readOnly ? 1 : 0);
}

function unmount({ target, flags, release }: UnmountCall): number {
  const result = os.unmount(strings.put(target), flags);
  // Not before: a refused unmount leaves everything as it was.
  if (result === 0 && release !== undefined) os.announcerRelease(release.announcer, release.wait ? 1 : 0);
  return result;
}
