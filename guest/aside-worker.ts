/** The thread behind aside.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { os } from '../native/index.js';
import type { AsideCall } from './aside.js';
import { Strings } from './strings.js';

/** Room for the strings of one call: two paths and the options, bytes. */
const ARENA = 16 * 1024;

function run(call: AsideCall): number {
  const strings = new Strings(ARENA);
  const target = strings.put(call.target);
  if (call.call === 'unmount') return os.unmount(target, call.flags);
  const source = strings.put(call.source);
  return os.mount(source, target, strings.put(call.type), call.flags, strings.put(call.options));
}

parentPort!.postMessage(run(workerData as AsideCall));
