/** The thread behind aside.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { os } from '../native/index.js';
import { fuse_kstatfs } from '../protocol/fuse/structs.js';
import type { AsideCall } from './aside.js';
import { Strings } from './strings.js';

/** Room for the strings of one call: two paths and the options, bytes. */
const ARENA = 16 * 1024;

function run(call: AsideCall): number {
  const strings = new Strings(ARENA);
  const target = strings.put(call.target);
  if (call.call === 'unmount') return os.unmount(target, call.flags);
  if (call.call === 'statfs') return statfs(target, strings.reserve(fuse_kstatfs.size));
  const source = strings.put(call.source);
  return os.mount(source, target, strings.put(call.type), call.flags, strings.put(call.options));
}

function statfs(target: number, out: number): number {
  const fd = os.openRoot(target);
  if (fd < 0) return fd;
  const result = os.statfs(fd, out);
  os.close(fd);
  return result;
}

parentPort!.postMessage(run(workerData as AsideCall));
