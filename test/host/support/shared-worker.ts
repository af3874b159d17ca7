/**
 * The guest's side of a mount whose lanes travel through shared memory, on a thread of its own: the addon's calls wait.
 * It does what it is told by messages; see shared-guest.ts.
 */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, writeSync } from 'node:fs';
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

/** A piece of a lane's memory in this process's own: [address, bytes, offset in the memory]. */
type Piece = readonly [address: number, length: number, offset: number];

/** Lines of /proc/self/maps that map some lane's memory. */
function mapped(): string[] {
  const lines = readFileSync('/proc/self/maps', 'latin1').split('\n');
  return lines.filter((line) => line.includes('/memfd:osmofs-lane'));
}

function piece(line: string): Piece {
  const [, from, to, offset] = /^([0-9a-f]+)-([0-9a-f]+) \S+ ([0-9a-f]+)/
    .exec(line)!
    .map((hex) => Number.parseInt(hex, 16));
  return [from!, to! - from!, offset!];
}

/** Descriptors of pipes that can be written to, with the access mode of fcntl(2) as proc(5) tells it. */
function writablePipes(): string[] {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))![1]!;
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('pipe:') && (Number.parseInt(flags, 8) & 3) === 1;
    } catch {
      // The listing's own, or one that another thread has closed.
      return false;
    }
  });
}

interface Shared {
  readonly lane: number;
  readonly decoder: ReplyDecoder;
  readonly pieces: readonly Piece[];
  /** what the host is woken with, and maybe another pipe that was made in that moment */
  readonly bells: readonly string[];
}

function accept(socket: number): Shared {
  const lane = check(os.laneCreate(socket, waker, MAX_MESSAGE), 'laneCreate');
  const before = { memory: mapped(), pipes: writablePipes() };
  check(os.laneShareAccept(lane), 'laneShareAccept');
  // The host is in this process too; what is new is the guest's.
  const pieces = mapped().filter((line) => !before.memory.includes(line));
  const bells = writablePipes().filter((fd) => !before.pipes.includes(fd));
  return { lane, decoder: new ReplyDecoder(), pieces: pieces.map(piece), bells };
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
  const { pieces, bells } = lanes[lane];
  const size = Math.max(...pieces.map(([, length, start]) => start + length));
  // What would lie behind its end lies at the beginning.
  const at = offset % (size - spoil.length);
  const memory = openSync('/proc/self/mem', 'r+');
  spoil.forEach((byte, index) => {
    const found = pieces.find(([, length, start]) => at + index >= start && at + index < start + length)!;
    writeSync(memory, Buffer.of(byte), 0, 1, found[0] + at + index - found[2]);
  });
  closeSync(memory);
  for (const bell of bells) {
    try {
      writeSync(Number(bell), Buffer.alloc(1));
    } catch {
      // Nobody listens any more: the host has ended the lane.
    }
  }
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
