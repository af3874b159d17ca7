/**
 * The worker of a mount's data lane: READ and WRITE only. It knows handles (the slot table shared with the metadata
 * lane) and nothing of the tree, so bulk bytes never delay a lookup.
 */
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { os } from '../native/index.js';
import { type Os, SELF, WOKEN } from '../native/os.js';
import { BULK_SPIN_MICROSECONDS, Spin } from '../native/spin.js';
import { Errno, errnoName } from '../protocol/errno.js';
import { Opcode, opcodeName } from '../protocol/fuse/opcodes.js';
import { checkRequest } from '../protocol/fuse/requests.js';
import { fuse_in_header, fuse_write_in } from '../protocol/fuse/structs.js';
import * as Region from './arena.js';
import { Counters, Figure } from './counters.js';
import { REPLY_HEADER, writeReplyHeader } from './dispatch.js';
import { Access, Asker, MISPLACED, Used } from './held/shared.js';
import { LaneStream } from './lane-stream.js';
import { closeLane, type LaneData, type LaneReport } from './lane-worker.js';
import { Marks } from './live/clients.js';
import { WriteRecords } from './live/writes.js';
import { read, WRITE_PAYLOAD, write } from './ops/data.js';
import { Ownership } from './ownership/ownership.js';
import { DEFERRED, Request, Violation } from './request.js';
import { readStat, S } from './snapshot/stat.js';
import { LAST_GENERATION } from './state/handles.js';

export interface DataContext {
  readonly os: Os;
  readonly arena: Region.Arena;
  readonly lane: number;
  readonly ownership: Ownership;
  bytesRead: number;
  bytesWritten: number;
  /** where the metadata lane, and other mounts, learn of writes */
  readonly writes: WriteRecords;
  /**
   * Pins the file of a READ or WRITE, whose fh is at `fh` of its arguments, for {@link Access}: the slot of the handle table, with
   * its descriptor in `fd`; -errno.
   */
  pin(r: Request, fh: number, access: number): number;
  /** descriptor of what was pinned last */
  fd: number;
  /** Whether READ and WRITE name nodes. */
  readonly noOpen: boolean;
  /** An append through no handle of the guest's has landed elsewhere than the guest believes. */
  misplaced(r: Request): void;
  /** A write through this handle and descriptor has ended. Result: the file's size, -1 if nobody looked. */
  written(handle: number, fd: number): number;
  /** Remembers that the lane itself failed; the handler's result is then of no use to anybody. */
  laneFailed(code: number): number;
}

/** Received at once: enough to keep the system calls few, little enough that the bytes are still in the CPU's cache. */
const CHUNK = 256 * 1024;
/** From shared memory nothing but the arguments: the payload goes from there to the file without another copy. */
const SHARED_CHUNK = 0;
const PAGE = 4096;
const row = new Uint32Array(S.words);
/** A WRITE received alone has its payload on a page boundary: the copy into the page cache is the faster for it. */
const BASE = Region.RX + PAGE - WRITE_PAYLOAD;
const OPCODE = fuse_in_header.at.opcode;
const OPTIONS = { setxattrExt: false };

const data = workerData as LaneData;
const arena = Region.openArena(os);
os.slotsAttach(data.slots);
const counters = new Counters(data.counters);
const asker = new Asker(data.held);
const stop = new Int32Array(data.stop);
const report = (message: LaneReport) => parentPort?.postMessage(message);

let failure = 0;
const context: DataContext = {
  os,
  arena,
  lane: data.lane,
  ownership: new Ownership(
    os,
    data.ownership,
    { ...arena, offset: Region.OWNERSHIP, size: Region.OWNERSHIP_SIZE },
    (text) => report({ log: text }),
  ),
  bytesRead: 0,
  bytesWritten: 0,
  writes: new WriteRecords(data.writes, new Marks(data.clients, data.client)),
  fd: -1,
  get noOpen() {
    return asker.isEnabled;
  },
  pin(r, fh, access) {
    if (!asker.isEnabled) {
      const slot = r.u32(fh) - 1;
      context.fd = os.slotPin(slot, r.u32(fh + 4) & LAST_GENERATION);
      return context.fd < 0 ? -Errno.EBADF : slot;
    }
    // Nobody has been given a handle: one that is named is forged.
    return r.u32(fh) === 0 && r.u32(fh + 4) === 0 ? pinNode(r.nodeLo, r.nodeHi, access) : -Errno.EBADF;
  },
  misplaced(r) {
    asker.ask(r.nodeLo, r.nodeHi, MISPLACED, wakeMetadataLane, stopped);
  },
  written(handle, fd) {
    const looked = data.told && os.stat(fd, SELF, Region.STAT_AT) === 0;
    if (looked) readStat(arena.words, Region.STAT_AT, 0, row, 0);
    if (context.writes.end(handle, looked ? row : undefined)) os.wakerSignal(data.metaWaker);
    return looked ? row[S.sizeLo] + row[S.sizeLo + 1] * 0x1_0000_0000 : -1;
  },
  laneFailed(code) {
    failure = code;
    return DEFERRED;
  },
};

const wakeMetadataLane = () => {
  os.wakerSignal(data.metaWaker);
};
const stopped = () => Atomics.load(stop, 0) !== 0;

/** The metadata lane may close a file between its answer and our pin, to make room for others: not again and again. */
const ATTEMPTS = 8;

/** Pins the file that is held for a node; one that is not, or not for this access, is asked for. */
function pinNode(nodeLo: number, nodeHi: number, access: number): number {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const slot = asker.hint(nodeLo);
    if (slot >= 0) {
      context.fd = os.slotPinNode(slot, nodeLo, nodeHi, access);
      if (context.fd >= 0) {
        asker.use(slot, access === Access.WRITE ? Used.WRITTEN : Used.READ);
        return slot;
      }
    }
    const answer = asker.ask(nodeLo, nodeHi, access, wakeMetadataLane, stopped);
    // Then there is nobody to reply to either.
    if (answer === undefined) return -Errno.EIO;
    if (answer < 0) return answer;
  }
  return -Errno.EIO;
}

function serve(): string {
  const request = new Request(arena.words, arena.memory);
  const stream = new LaneStream(arena, BASE, Region.RX + Region.RX_SIZE);
  const spin = new Spin(BULK_SPIN_MICROSECONDS);
  const chunk = data.shared ? SHARED_CHUNK : CHUNK;
  let tx = 0;
  for (;;) {
    const room = Math.min(stream.room, chunk + WRITE_PAYLOAD);
    const before = performance.now();
    const n = os.laneExchange(data.lane, Region.TX, tx, stream.receiveAt, room, spin.microseconds);
    spin.waited((performance.now() - before) * 1000);
    tx = 0;
    if (n === WOKEN) {
      os.wakerDrain(data.waker);
      if (Atomics.load(stop, 0) !== 0) return '';
      continue;
    }
    if (n <= 0) return laneEnd(n);
    stream.received(n);
    for (let length = stream.next(WRITE_PAYLOAD); length > 0; length = stream.next(WRITE_PAYLOAD)) {
      const opcode = arena.words[(stream.at + OPCODE) >> 2];
      // A reply is at most a header and 8 bytes here; READ's bytes do not pass through this buffer.
      if (tx > PAGE) {
        const failed = os.laneSend(data.lane, Region.TX, tx);
        tx = 0;
        if (failed < 0) return laneEnd(failed);
      }
      request.load(stream.at, length);
      request.out = Region.TX + tx + REPLY_HEADER;
      counters.request(opcode);
      let result: number;
      if (opcode === Opcode.READ) {
        const wrong = checkRequest(arena.view, stream.at, length, opcode, OPTIONS);
        if (wrong !== 0) throw new Violation(`READ: ${wrong}`);
        result = read(context, request);
        stream.consume(length);
      } else if (opcode === Opcode.WRITE) {
        result = receive(stream, request, length);
      } else {
        throw new Violation(`${opcodeName(opcode)} on the data lane`);
      }
      if (failure < 0) return laneEnd(failure);
      if (result === DEFERRED) continue;
      if (result < 0) counters.error(opcode);
      tx += writeReplyHeader(request, Region.TX + tx, result);
    }
    counters.figures[Figure.BYTES_READ] = context.bytesRead;
    counters.figures[Figure.BYTES_WRITTEN] = context.bytesWritten;
  }
}

/** A WRITE of which the arguments are here, and its payload in part. */
function receive(stream: LaneStream, request: Request, length: number): number {
  const size = length - WRITE_PAYLOAD;
  if (size < 0 || request.u32(fuse_write_in.at.size) !== size || size > Region.MAX_IO)
    throw new Violation(`WRITE: ${request.u32(fuse_write_in.at.size)} bytes announced, ${size} sent`);
  const have = Math.min(size, stream.available - WRITE_PAYLOAD);
  const result = data.readOnly ? refuse(request, have, size) : write(context, request, have);
  stream.consume(WRITE_PAYLOAD + have);
  return result;
}

/** A read-only share: the payload is taken off the lane and dropped. */
function refuse(request: Request, have: number, size: number): number {
  const status = Region.SMALL;
  os.laneReceiveWrite(
    data.lane,
    -1,
    request.at + WRITE_PAYLOAD,
    have,
    size,
    request.arg + fuse_write_in.at.offset,
    0,
    status,
  );
  if (arena.signed[status >> 2] !== 0) context.laneFailed(arena.signed[status >> 2]);
  return -Errno.EROFS;
}

function laneEnd(code: number): string {
  // A wake-up in the middle of a message is a stop: nothing else wakes a data lane.
  if (code === WOKEN && Atomics.load(stop, 0) !== 0) return '';
  if (code === 0 || code === -Errno.ECONNRESET || code === -Errno.EPIPE) return 'the guest closed the connection';
  return `the connection failed: ${errnoName(-code)}`;
}

function main(): string {
  try {
    os.standBack();
    return serve();
  } catch (error) {
    if (error instanceof Violation) return `protocol violation: ${error.message}`;
    return `internal error: ${error instanceof Error ? error.stack : String(error)}`;
  } finally {
    closeLane(os, data.lane, data.waker);
  }
}

report({ ended: main() });
