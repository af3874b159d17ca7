/** A thread like a lane's: it polls a directory while it is in a native call, and ends when it was told of a name in it. */
import { parentPort, workerData } from 'node:worker_threads';
import { pathOf, scratch } from '../../../../host/share-root.js';
import { WatcherFeed } from '../../../../host/watch/watcher-feed.js';
import { check, os, WOKEN } from '../../../../native/index.js';
import { Listener, watchPath } from './sink.js';

const { root, close } = workerData as { root: string; close: boolean };
const { memory } = scratch();
check(os.socketPair(0), 'socketPair');
const [mine, peer] = new Int32Array(memory.buffer, 0, 2);
const waker = check(os.wakerCreate(), 'wakerCreate');
const lane = check(os.laneCreate(mine!, waker, 1 << 20), 'laneCreate');

const feed = new WatcherFeed({ kind: 'polling', root, waker, pathOf, interval: 20 });
const listener = new Listener();
watchPath(feed, root, 1);
let watching = false;
while (!listener.told.includes('dirty 1 wanted')) {
  if (os.laneExchange(lane, 0, 0, 0, 1024, 0) !== WOKEN) break;
  os.wakerDrain(waker);
  feed.drain(listener);
  // From the second time on names are told one by one.
  if (!watching && listener.told.filter((text) => text === 'directory 1').length === 2) {
    watching = true;
    parentPort!.postMessage('watching');
  }
}
parentPort!.postMessage('told');
if (close) feed.close();
os.laneClose(lane);
os.close(peer!);
if (close) os.close(waker);
