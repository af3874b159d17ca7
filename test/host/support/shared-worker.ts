/**
 * The guest's side of a mount whose lanes travel through shared memory, on a thread of its own: the addon's calls wait.
 * It does what it is told by messages; see shared-guest.ts.
 */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readlinkSync, statSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { MAX_MESSAGE } from '../../../host/arena.js';
import { check, os } from '../../../native/index.js';
import { WOKEN } from '../../../native/os.js';
import { type Reply, ReplyDecoder } from './message.js';

export interface SharedWorkerData {
  /** connected sockets, by lane */
  readonly sockets: { readonly meta: number; readonly data: number };
  /** signalled when the thread must not wait any longer */
  readonly waker: number;
}

export interface Exchange {
  readonly lane: 'meta' | 'data';
  readonly bytes: Uint8Array;
  /** answers to wait for; the end of the stream ends the wait too */
  readonly replies: number;
}

/** Writes into the memory of a lane behind the addon's back, and wakes the host so that it looks. */
export interface Corruption {
  readonly lane: 'meta' | 'data';
  readonly offset: number;
  readonly spoil: Uint8Array;
}

export interface Exchanged {
  readonly replies: Reply[];
  /** why the stream ended, if it did: 0 or -errno */
  readonly ended?: number;
}

const { sockets, waker } = workerData as SharedWorkerData;
const TX = 0;
const RX = 8 << 20;
const memory = os.createArena(RX + MAX_MESSAGE);
os.attachArena(memory);
const bytes = new Uint8Array(memory);

/** What every open descriptor refers to; an eventfd by its id (proc(5)). */
function descriptors(): Map<string, string> {
  const found = new Map<string, string>();
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      const id = /eventfd-id:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
      const link = readlinkSync(`/proc/self/fd/${fd}`);
      found.set(fd, id === undefined ? `${link} ${statSync(`/proc/self/fd/${fd}`).ino}` : `eventfd ${id}`);
    } catch {
      // The listing's own, or one that another thread has closed.
    }
  }
  return found;
}

interface Shared {
  readonly lane: number;
  readonly decoder: ReplyDecoder;
  /** descriptors of the memory, and of the eventfds that wake its sides */
  readonly memory: string;
  readonly wakers: readonly string[];
}

function accept(socket: number): Shared {
  const lane = check(os.laneCreate(socket, waker, MAX_MESSAGE), 'laneCreate');
  const before = descriptors();
  check(os.laneShareAccept(lane), 'laneShareAccept');
  const all = descriptors();
  // The other side is in this process too and holds the same; other threads open what they need meanwhile.
  const isTwice = (what: string) => [...all.values()].filter((each) => each === what).length > 1;
  const received = [...all].filter(([fd, what]) => before.get(fd) !== what && isTwice(what));
  const memory = received.find(([, what]) => what.includes('memfd:osmofs-lane'))![0];
  const wakers = received.filter(([, what]) => what.startsWith('eventfd')).map(([fd]) => fd);
  return { lane, decoder: new ReplyDecoder(), memory, wakers };
}

const lanes = { meta: accept(sockets.meta), data: accept(sockets.data) };

function exchange({ lane: kind, bytes: request, replies: wanted }: Exchange): Exchanged {
  const { lane, decoder } = lanes[kind];
  const replies: Reply[] = [];
  bytes.set(request, TX);
  for (let send = request.length; replies.length < wanted; send = 0) {
    const got = os.laneExchange(lane, TX, send, RX, MAX_MESSAGE, 0);
    if (got === WOKEN) throw new Error('told to wait no longer');
    if (got <= 0) return { replies, ended: got };
    replies.push(...decoder.push(Buffer.from(bytes.subarray(RX, RX + got))));
  }
  if (wanted === 0) os.laneSend(lane, TX, request.length);
  return { replies };
}

function corrupt({ lane, offset, spoil }: Corruption): void {
  const fd = openSync(`/proc/self/fd/${lanes[lane].memory}`, 'r+');
  // The memory cannot grow: what would lie behind its end lies at the beginning.
  writeSync(fd, spoil, 0, spoil.length, offset % (fstatSync(fd).size - spoil.length));
  closeSync(fd);
  const one = Buffer.alloc(8);
  one.writeBigUInt64LE(1n);
  for (const eventfd of lanes[lane].wakers) writeSync(Number(eventfd), one);
}

parentPort!.on('message', (order: Exchange | Corruption | 'close') => {
  if (order === 'close') {
    for (const { lane } of Object.values(lanes)) os.laneClose(lane);
    parentPort!.close();
    return;
  }
  try {
    if ('spoil' in order) corrupt(order);
    parentPort!.postMessage('spoil' in order ? { replies: [] } : exchange(order));
  } catch (error) {
    parentPort!.postMessage({ failure: String(error) });
  }
});
