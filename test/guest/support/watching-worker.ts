/** The thread behind watching.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { os } from '../../../native/index.js';

const { inotify, path, mask } = workerData as { inotify: number; path: string; mask: number };
const arena = os.createArena(8192);
os.attachArena(arena);
const bytes = Buffer.from(arena);
const slash = path.lastIndexOf('/');
bytes.write(`${path.slice(0, slash)}\0`, 0);
bytes.write(`${path.slice(slash + 1)}\0`, 4096);
const directory = os.openRoot(0);
const object = directory < 0 ? directory : os.openObject(directory, 4096);
parentPort!.postMessage(object < 0 ? object : os.inotifyAdd(inotify, object, mask));
for (const fd of [directory, object]) if (fd >= 0) os.close(fd);
