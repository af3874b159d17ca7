/** Holds a write lock on bytes 0…10 and flock(LOCK_EX) of the given file until its input ends. */
import { openSync } from 'node:fs';
import { check, os } from '../../../native/index.js';
import * as L from '../../../protocol/linux.js';

const arena = os.createArena(4096);
os.attachArena(arena);
const fd = openSync(process.argv[2], 'r+');
const view = new DataView(arena);
view.setBigUint64(8, 10n, true);
view.setUint32(16, L.F_WRLCK, true);
check(os.lockSet(fd, 0), 'lockSet');
check(os.flock(fd, L.LOCK_EX), 'flock');
console.log('locked');
process.stdin.resume();
