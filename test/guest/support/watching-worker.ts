/** The thread behind watching.ts. */
import { parentPort } from 'node:worker_threads';
import { check, IN, os } from '../../../native/index.js';
import { errnoName } from '../../../protocol/errno.js';
import { tellEvents } from '../../support/inotify-events.js';
import { type Answer, type Order, WATCHED } from './watching.js';

const ROOM = 2 * 4096;
const arena = os.createArena(ROOM);
os.attachArena(arena);
const bytes = Buffer.from(arena);
const inotify = check(os.inotifyCreate(), 'inotifyCreate');
const labels = new Map<number, string>();
const names = Object.entries(IN).filter(([, bit]) => bit < IN.ONLYDIR);

function add(path: string, label: string): string {
  const slash = path.lastIndexOf('/');
  bytes.write(`${path.slice(0, slash)}\0`, 0);
  bytes.write(`${path.slice(slash + 1)}\0`, 4096);
  const directory = os.openRoot(0);
  const object = directory < 0 ? directory : os.openObject(directory, 4096);
  const watch = object < 0 ? object : os.inotifyAdd(inotify, object, WATCHED);
  for (const fd of [directory, object]) if (fd >= 0) os.close(fd);
  if (watch < 0) return errnoName(-watch);
  labels.set(watch, label);
  return '';
}

function events(): string[] {
  const told: string[] = [];
  const cookies = new Map<number, number>();
  const tell = (watch: number, mask: number, cookie: number, name: string) => {
    const what = names.filter(([, bit]) => (mask & bit) !== 0).map(([text]) => text);
    if ((mask & IN.ISDIR) !== 0) what.push('ISDIR');
    if (cookie !== 0 && !cookies.has(cookie)) cookies.set(cookie, cookies.size + 1);
    const half = cookie === 0 ? '' : ` #${cookies.get(cookie)}`;
    told.push(`${labels.get(watch) ?? '?'}: ${what.join('|')}${name === '' ? '' : ` ${name}`}${half}`);
  };
  while (tellEvents(inotify, tell));
  return told;
}

parentPort!.on('message', (order: Order) => {
  parentPort!.postMessage((order === 'events' ? events() : add(order.path, order.label)) satisfies Answer);
});
process.on('exit', () => os.close(inotify));
