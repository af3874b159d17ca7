/**
 * The worker of a mount's metadata lane: receives requests, serves them one after the other, sends the replies of one
 * receive together. It lives in a native call while nothing is asked, and costs nothing then.
 */
import { performance } from 'node:perf_hooks';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { os } from '../native/index.js';
import { SELF, WOKEN } from '../native/os.js';
import { Spin } from '../native/spin.js';
import { Errno, errnoName } from '../protocol/errno.js';
import * as Region from './arena.js';
import { Descriptors } from './cache/descriptors.js';
import { Inspector } from './cache/inspect.js';
import { Context } from './context.js';
import { Counters, Figure } from './counters.js';
import { Dispatcher } from './dispatch.js';
import { HeldFiles } from './held/files.js';
import { Listings } from './held/listings.js';
import { Answerer } from './held/shared.js';
import { LaneStream } from './lane-stream.js';
import { closeLane, type LaneData, type LaneOrder, type LaneReport } from './lane-worker.js';
import { Marks, Others } from './live/clients.js';
import { Live } from './live/live.js';
import { openNode } from './ops/open.js';
import { Ownership } from './ownership/ownership.js';
import { RecordCache } from './ownership/record-cache.js';
import { Request, Violation } from './request.js';
import { HandleTable } from './state/handles.js';
import { LockTable } from './state/locks.js';
import { NodeTable } from './state/nodes.js';
import { openFeed } from './watch/open.js';

const RESERVED_NODES = 1 << 20;
/** What a mount works with even if descriptors are scarce. */
const LEAST_FILES = 8;

const data = workerData as LaneData;
const arena = Region.openArena(os);
os.slotsAttach(data.slots);
const counters = new Counters(data.counters);
const held = new Answerer(data.held);
const stop = new Int32Array(data.stop);
const marks = new Marks(data.clients, data.client);
const report = (message: LaneReport) => parentPort?.postMessage(message);
const log = (text: string) => report({ log: text });

function assemble(): Context {
  const { policy } = data;
  // Files that are held by node come out of the same budget.
  const files = policy.noOpen ? data.descriptorBudget >> 1 : 0;
  // Address space only, until nodes come: a million of them before anything has to be copied.
  const reserve = (bytes: number) => os.createArena(bytes);
  const nodes = new NodeTable(RESERVED_NODES, reserve);
  const handles = new HandleTable(os, nodes, data.handleCapacity);
  const inspect = new Inspector(os, nodes, arena.words, Region.STAT_AT);
  const descriptors = new Descriptors(
    os,
    nodes,
    inspect,
    data.rootFd,
    arena.memory,
    Region.PATH - 512,
    Region.PATH,
    data.descriptorBudget - files,
  );
  const ownership = new Ownership(
    os,
    data.ownership,
    { ...arena, offset: Region.OWNERSHIP, size: Region.OWNERSHIP_SIZE },
    log,
    new RecordCache(RESERVED_NODES, reserve),
  );
  const unlockAll = (fd: number) => {
    arena.memory.fill(0, Region.SMALL, Region.SMALL + 24);
    arena.view.setBigUint64(Region.SMALL + 8, 0x7fff_ffff_ffff_ffffn, true);
    arena.view.setUint32(Region.SMALL + 16, 2, true);
    os.lockSet(fd, Region.SMALL);
  };
  const locks = new LockTable(os, unlockAll);
  nodes.onFree = (slot) => {
    descriptors.forget(slot);
    context.listings.forget(slot);
    ownership.forget(slot);
    context.live?.forgotten(slot);
  };
  nodes.onUnknown = (slot) => context.files.forget(slot);
  const failed = inspect.look(data.rootFd, SELF);
  if (failed < 0) throw new Error(`share root: ${errnoName(-failed)}`);
  nodes.setRoot(inspect.device, inspect.inoLo, inspect.inoHi, inspect.birth, inspect.type);
  const context = new Context({
    os,
    arena,
    lane: data.lane,
    rootFd: data.rootFd,
    readOnly: data.readOnly,
    policy,
    nodes,
    handles,
    inspect,
    descriptors,
    ownership,
    locks,
  });
  context.flushes = data.flushes;
  context.files = new HeldFiles(context, held, marks, openNode, Math.max(LEAST_FILES, files), (alarm) =>
    report({ alarm }),
  );
  context.listings = new Listings(context);
  if (data.told) context.live = watchHost(context);
  return context;
}

/** Undefined if nothing of this share can be watched: then nothing of it may be cached. */
function watchHost(c: Context): Live | undefined {
  const scratch = { memory: arena.memory, offset: Region.FEED, size: Region.FEED_SIZE };
  const feed = openFeed({ root: data.root, rootFd: data.rootFd, waker: data.waker, scratch });
  if ('kind' in feed)
    return new Live({ c, feed, writes: data.writes, marks, others: new Others(data.clients, data.client), log });
  log(`changes by the host are not seen: ${feed.reason}`);
  return undefined;
}

/** Serves until the lane ends or the owner says stop; returns why. */
function serve(c: Context): string {
  const request = new Request(arena.words, arena.memory);
  const dispatcher = new Dispatcher(c, request, counters, marks, log);
  const stream = new LaneStream(arena, Region.RX, Region.RX + Region.RX_SIZE);
  const spin = new Spin();
  let tx = 0;
  let started = false;
  for (;;) {
    const before = performance.now();
    const n = os.laneExchange(data.lane, Region.TX, tx, stream.receiveAt, stream.room, spin.microseconds);
    spin.waited((performance.now() - before) * 1000);
    tx = 0;
    if (n === WOKEN) {
      os.wakerDrain(data.waker);
      if (Atomics.load(stop, 0) !== 0) return '';
      answerDataLane(c);
      c.files.ring();
      c.live?.work();
      // After what the host has done: what the guest has learned ahead of it is known by then, and can be taken back.
      takeOrders(c);
      const announced = announce(c, tx);
      if (typeof announced === 'string') return announced;
      tx = announced;
      publish(c);
      continue;
    }
    if (n === 0 || n === -Errno.ECONNRESET || n === -Errno.EPIPE) return 'the guest closed the connection';
    if (n < 0) return `the connection failed: ${errnoName(-n)}`;
    stream.received(n);
    for (let length = stream.next(Infinity); length > 0; length = stream.next(Infinity)) {
      if (tx > Region.TX_SIZE - Region.MAX_MESSAGE - 8) {
        const ended = send(tx);
        if (ended !== undefined) return ended;
        tx = 0;
      }
      const place = Region.TX + tx;
      const out = (place + 7) & ~7;
      const replied = dispatcher.serve(stream.at, length, out);
      // Replies follow each other without gaps on the lane, but are written on word boundaries.
      if (replied > 0 && out !== place) arena.memory.copyWithin(place, out, out + replied);
      tx += replied;
      stream.consume(length);
    }
    answerDataLane(c);
    if (c.live?.due) c.live.work();
    const announced = announce(c, tx);
    if (typeof announced === 'string') return announced;
    tx = announced;
    publish(c);
    if (!started && c.minor > 0) {
      started = true;
      os.releaseStartMemory();
    }
  }
}

/** What the main thread wants; whoever keeps nothing has nothing to give back. */
function takeOrders(c: Context): void {
  for (
    let order = data.orders && receiveMessageOnPort(data.orders);
    order;
    order = receiveMessageOnPort(data.orders!)
  ) {
    const { ruled, shown, number } = order.message as LaneOrder;
    c.shown = c.inspect.identities(shown);
    const done = () => report({ done: number });
    if (c.live === undefined || c.policy.entryValid === 0) done();
    else c.live.overlap.rule(ruled, done);
  }
}

/** It waits meanwhile. */
function answerDataLane(c: Context): void {
  held.serve((nodeLo, nodeHi, kind) => {
    const answer = c.files.answer(nodeLo, nodeHi, kind);
    c.files.settle();
    c.descriptors.settle();
    return answer;
  });
}

/** Sends the first `length` bytes that wait. Result: why the lane has ended, if it has; '' = as told. */
function send(length: number): string | undefined {
  const failed = os.laneSend(data.lane, Region.TX, length);
  if (failed === WOKEN) return Atomics.load(stop, 0) === 0 ? undefined : '';
  return failed < 0 ? `the connection failed: ${errnoName(-failed)}` : undefined;
}

/**
 * Puts announcements behind the `tx` bytes that wait to be sent, and sends what there is no room for at once. Result: bytes that
 * wait, or why the lane has ended.
 */
function announce(c: Context, tx: number): number | string {
  const outbox = c.live?.outbox;
  if (outbox === undefined) return tx;
  for (let waiting = tx; ; waiting = 0) {
    waiting += outbox.write(Region.TX + waiting, Region.TX_SIZE - waiting);
    if (!outbox.canSend) return waiting;
    const ended = send(waiting);
    if (ended !== undefined) return ended;
  }
}

function publish(c: Context): void {
  const f = counters.figures;
  f[Figure.NODES] = c.nodes.size;
  f[Figure.HANDLES] = c.handles.size;
  f[Figure.DESCRIPTORS] = c.descriptors.size;
  f[Figure.LOCK_OWNERS] = c.locks.size;
  f[Figure.EXCESS_FORGETS] = c.nodes.excessForgets;
  if (c.live === undefined) return;
  const { directories, outbox, resets } = c.live;
  f[Figure.WATCHED] = directories.size;
  f[Figure.UNWATCHED] = directories.refusals;
  f[Figure.ANNOUNCED] = outbox.figures.announced;
  f[Figure.INJECTED] = outbox.figures.injected;
  f[Figure.INJECT_FAILED] = outbox.figures.failed;
  f[Figure.RESETS] = resets;
}

function main(): string {
  let c: Context | undefined;
  try {
    c = assemble();
    return serve(c);
  } catch (error) {
    if (error instanceof Violation) return `protocol violation: ${error.message}`;
    return `internal error: ${error instanceof Error ? error.stack : String(error)}`;
  } finally {
    held.end();
    // The lane first: it ends the waits and pool operations that still use descriptors of ours.
    closeLane(os, data.lane, data.waker);
    if (c) {
      c.locks.close();
      c.handles.releaseAll();
      c.descriptors.close();
      c.live?.close();
    }
  }
}

report({ ended: main() });
