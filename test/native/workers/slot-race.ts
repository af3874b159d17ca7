/**
 * The pinning side of a race: a thread of its own opens and closes the slots all the time (`slot-opener.js`), this one
 * pins what it finds. Every descriptor that may be in slot s refers to the file of number s.
 */
import { fstatSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { check, os } from '../../../native/index.js';

check(os.slotsAttach(workerData.table), 'slotsAttach');
const path = mkdtempSync('/var/tmp/osmofs-native-');
const inodes: number[] = [];
for (let slot = 0; slot < workerData.slots; slot++) {
  writeFileSync(`${path}/${slot}`, '');
  inodes.push(statSync(`${path}/${slot}`).ino);
}
const shared = new Int32Array(new SharedArrayBuffer(4 * (workerData.slots + 2)));
const opener = new Worker(new URL('slot-opener.js', import.meta.url), { workerData: { ...workerData, path, shared } });
const ended = new Promise((resolve) => opener.once('exit', resolve));
let pinned = 0;
let wrong = 0;
// Behind the generations: the opener is done, and how often this side has pinned.
while (Atomics.load(shared, workerData.slots) === 0) {
  for (let slot = 0; slot < workerData.slots; slot++) {
    const fd = os.slotPin(slot, Atomics.load(shared, slot));
    if (fd < 0) continue;
    pinned++;
    Atomics.store(shared, workerData.slots + 1, pinned);
    try {
      if (fstatSync(fd).ino !== inodes[slot]) wrong++;
    } catch {
      wrong++;
    }
    os.slotUnpin(slot);
  }
}
await ended;
rmSync(path, { recursive: true });
parentPort!.postMessage({ pinned, wrong });
