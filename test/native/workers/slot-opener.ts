/** The opening side of the race of `slot-race.js`: publishes each slot's generation in `shared`. */
import { workerData } from 'node:worker_threads';
import { check, os } from '../../../native/index.js';

const { table, slots, rounds, path, shared } = workerData;
check(os.slotsAttach(table), 'slotsAttach');
const arena = os.createArena(8192);
os.attachArena(arena);
const bytes = Buffer.from(arena);
bytes.write(`${path}\0`);
const root = check(os.openRoot(0), 'openRoot', path);
for (let round = 1; round <= rounds; round++) {
  const slot = round % slots;
  bytes.write(`${slot}\0`);
  const fd = check(os.openFile(root, 0, 0, 0), 'openFile', `${slot}`);
  if (os.slotOpen(slot, round, fd, 0) < 0) {
    // Its last pin is still out.
    os.close(fd);
    continue;
  }
  Atomics.store(shared, slot, round);
  os.slotClose(slot, round);
}
os.close(root);
Atomics.store(shared, slots, 1);
