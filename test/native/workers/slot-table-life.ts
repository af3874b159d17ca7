/** A program of its own, because it counts the process's descriptors. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { check, os } from '../../../native/index.js';

const table = check(os.slotsCreate(4), 'slotsCreate');
assert.equal(os.slotPin(0, 0), -9, 'no table is attached');
check(os.slotsAttach(table), 'slotsAttach');
const fd = openSync('/dev/null', 'r');
check(os.slotOpen(0, 1, fd, 0), 'slotOpen');
const worker = new Worker(new URL('slot-pinner.js', import.meta.url), {
  workerData: { table, slot: 0, generation: 1 },
});
assert.equal((await once(worker, 'message'))[0], fd);
// Destroyed: no other thread can attach it, those that did go on.
check(os.slotsDestroy(table), 'slotsDestroy');
assert.equal(os.slotsAttach(table), -2);
assert.equal(os.slotPin(0, 1), fd);
check(os.slotUnpin(0), 'slotUnpin');
// A thread that ends with a pin taken keeps it: the descriptor is closed with the table, and not before.
await worker.terminate();
assert.ok(existsSync(`/proc/self/fd/${fd}`));

// A table that only threads hold is gone with them.
const script = `
  const { parentPort } = require('node:worker_threads');
  import(${JSON.stringify(new URL('../../../native/index.js', import.meta.url).href)}).then(({ os }) => {
    os.slotsAttach(os.slotsCreate(1));
    const arena = os.createArena(4096);
    os.attachArena(arena);
    Buffer.from(arena).write('/\\0');
    // Not by node:fs: a worker closes what that has opened when it ends.
    const fd = os.openRoot(0);
    os.slotOpen(0, 1, fd, 0);
    parentPort.postMessage(fd);
  });`;
const holder = new Worker(script, { eval: true });
const [held] = await once(holder, 'message');
await once(holder, 'exit');
assert.ok(!existsSync(`/proc/self/fd/${held}`));
process.exit(0);
