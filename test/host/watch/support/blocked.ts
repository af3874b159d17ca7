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
/** Drains when woken, until that was told. */
function hear(what: string, told: () => boolean): void {
  while (!told()) {
    if (os.laneExchange(lane, 0, 0, 0, 1024, 0) !== WOKEN) throw new Error('the lane has ended');
    os.wakerDrain(waker);
    feed.drain(listener);
  }
  parentPort!.postMessage(what);
}

// From the second time on names are told one by one, or with the directory if that is told anyway.
hear('watching', () => listener.told.filter((text) => text === 'directory 1').length === 2);
listener.take();
hear('told', () => ['dirty 1 wanted', 'directory 1'].some((text) => listener.told.includes(text)));
if (close) feed.close();
os.laneClose(lane);
os.close(peer!);
if (close) os.close(waker);
