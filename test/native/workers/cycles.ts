/** Threads that come and go, each with all that the addon has, ended in each way: nothing may add up. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { check, os } from '../../../native/index.js';

const cycles = Number(process.argv[2]);
const file = process.argv[3];
writeFileSync(file, Buffer.alloc(1 << 20));
const count = (what: string) => readdirSync(`/proc/self/${what}`).length;

async function cycle(index: number): Promise<void> {
  const waker = check(os.wakerCreate(), 'wakerCreate');
  const worker = new Worker(new URL('everything.js', import.meta.url), {
    workerData: { waker, file, wait: index % 2 === 0 },
  });
  const exit = once(worker, 'exit');
  await once(worker, 'message');
  os.wakerSignal(waker);
  // Every other thread ends by itself.
  if (index % 2 === 0) await worker.terminate();
  await exit;
  os.close(waker);
}

// The pool's threads, and Node's own, come with the first ones.
for (let index = 0; index < 4; index++) await cycle(index);
const descriptors = count('fd');
const threads = count('task');
for (let index = 0; index < cycles; index++) await cycle(index);

// Detached threads of the addon take a moment to be gone for good; there is nothing to wait for but themselves.
const deadline = performance.now() + 5000;
while ((count('task') > threads || count('fd') > descriptors) && performance.now() < deadline) {
  await new Promise(setImmediate);
}
assert.ok(count('fd') <= descriptors, `${count('fd')} descriptors, there were ${descriptors}`);
assert.ok(count('task') <= threads, `${count('task')} threads, there were ${threads}`);
