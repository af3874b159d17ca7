/**
 * The opening side of the race of `slot-race.js`: publishes each slot's generation in `shared`, keeps half of the slots
 * open, and ends after `rounds` when the other side has pinned `wanted` times.
 */
import { workerData } from 'node:worker_threads';
import { check, os } from '../../../native/index.js';

const { table, slots, rounds, wanted, path } = workerData;
const shared: Int32Array = workerData.shared;
check(os.slotsAttach(table), 'slotsAttach');
const arena = os.createArena(8192);
os.attachArena(arena);
const bytes = Buffer.from(arena);
bytes.write(`${path}\0`);
const root = check(os.openRoot(0), 'openRoot', path);

function close(round: number): void {
  const slot = round % slots;
  if (round > 0 && Atomics.load(shared, slot) === round) os.slotClose(slot, round);
}

let round = 0;
while (round < rounds || Atomics.load(shared, slots + 1) < wanted) {
  round++;
  close(round - slots / 2);
  const slot = round % slots;
  bytes.write(`${slot}\0`);
  const fd = check(os.openFile(root, 0, 0, 0), 'openFile', `${slot}`);
  if (os.slotOpen(slot, round, fd, 0) === 0) Atomics.store(shared, slot, round);
  // Its last pin is still out.
  else os.close(fd);
}
for (let last = round - slots / 2; last <= round; last++) close(last);
os.close(root);
Atomics.store(shared, slots, 1);
