/**
 * What the device's own work costs: bytes per second between a guest's ring and a unix socket, against the same bytes moved
 * between plain memory and the same socket by read(2) and write(2). `node dist/test/vm/vsock/measure.js`; pairs of runs, one
 * after the other, since only their ratio means something on a busy machine.
 */
import { spawn } from 'node:child_process';
import { closeSync, ftruncateSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, os, WATCH } from '../../../native/index.js';
import { Errno } from '../../../protocol/errno.js';
import { emptyHeader, HEADER, Op, readHeader, TYPE_STREAM, writeHeader } from '../../../vm/vsock/packet.js';
import { call } from '../../support/sys/error.js';
import { descriptor, GUEST, USER, u32, u64 } from './guest.js';

const MEMORY = 32 << 20;
const SIZE = 128;
/** Buffers that a guest uses in turn: more than its credit lets it fill. */
const BUFFERS = 8;
const BYTES = 1 << 30;
const ROUNDS = 7;
const RX = 0;
const TX = 1;

const arena = os.createArena(1 << 20);
os.attachArena(arena);
const bytes = Buffer.from(arena);
const view = new DataView(arena);
const memory = call('memfd_create', Buffer.from('guest\0'), 0);
ftruncateSync(memory, MEMORY);
const device = check(os.vsockCreate(check(os.wakerCreate(), 'waker')), 'create');

bytes.set(Buffer.concat([u64(GUEST), u64(BigInt(MEMORY)), u64(USER), u64(0n)]), 0);
bytes.set(u32(memory), 64);
check(os.vhostMemory(device, 0, 1, 64), 'memory');

/** A ring whose chains are all one buffer of `length` bytes; they are offered again by moving the index on. */
function ring(index: number, length: number, flags: number): (count: number) => void {
  const at = index * 0x10000;
  writeSync(memory, Buffer.alloc(0x10000), 0, 0x10000, at);
  for (let slot = 0; slot < SIZE; slot++) {
    const address = (index + 1) * (8 << 20) + (slot % BUFFERS) * (length + 64);
    writeSync(memory, descriptor(GUEST + BigInt(address), length, flags, 0), 0, 16, at + 16 * slot);
    const head = Buffer.alloc(2);
    head.writeUInt16LE(slot, 0);
    writeSync(memory, head, 0, 2, at + 0x4000 + 4 + 2 * slot);
    const header = Buffer.alloc(HEADER.size);
    const packet = { ...emptyHeader(), length: length - HEADER.size, op: Op.RW, type: TYPE_STREAM };
    writeHeader(new DataView(header.buffer, header.byteOffset), 0, packet);
    writeSync(memory, header, 0, HEADER.size, address);
  }
  const place = (offset: number) => u64(USER + BigInt(at + offset));
  bytes.set(Buffer.concat([place(0), place(0x4000), place(0x8000), u32(SIZE, 0)]), 128);
  check(os.vhostRingStart(device, index, 128, 1, 1), 'start');
  let available = 0;
  return (count) => {
    available = (available + count) & 0xffff;
    const word = Buffer.alloc(2);
    word.writeUInt16LE(available, 0);
    writeSync(memory, word, 0, 2, at + 0x4000 + 2);
  };
}

/** The two ends of a socket, the first as the device makes its own (or as the system makes it). */
function pair(plain: boolean): [number, number] {
  if (plain) {
    check(os.socketPair(256), 'socketPair');
    return [view.getInt32(256, true), view.getInt32(260, true)];
  }
  const path = join(tmpdir(), `osmofs-measure-${process.pid}`);
  bytes.write(`${path}\0`, 1024);
  const listener = check(os.vsockListen(1024, 1), 'listen');
  const mine = check(os.vsockDial(1024), 'dial');
  const its = check(os.vsockAccept(listener), 'accept');
  call('fcntl', its, 4, 0);
  os.close(listener);
  rmSync(path);
  return [mine, its];
}

/** A socket whose other end a program has: as its input, or its output. */
async function program(
  command: string[],
  end: 'input' | 'output',
  plain: boolean,
  use: (fd: number) => void,
): Promise<number> {
  const [mine, its] = pair(plain);
  const child = spawn(command[0]!, command.slice(1), {
    stdio: end === 'input' ? [its, 'ignore', 'inherit'] : ['ignore', its, 'inherit'],
  });
  closeSync(its);
  const begun = performance.now();
  use(mine);
  const took = performance.now() - begun;
  closeSync(mine);
  await new Promise((resolve) => child.once('close', resolve));
  return BYTES / took / 1e6;
}

const header = emptyHeader();

function fromGuest(fd: number): void {
  let offered = 0;
  for (let sent = 0; sent < BYTES; ) {
    if (offered === 0) {
      offer(SIZE / 2);
      offered = SIZE / 2;
    }
    const room = check(os.vsockNext(device, 512), 'next');
    readHeader(view, 512, header);
    offered--;
    let kept = check(os.vsockDeliver(device, fd, header.length), 'deliver');
    if (kept > 0) check(os.vsockWatch(device, fd, WATCH.OUT | WATCH.EDGE), 'watch');
    while (kept > 0) {
      check(os.vsockWait(device, 768, 8, 0, 0, -1), 'wait');
      kept -= check(os.vsockFlush(device, fd), 'flush');
    }
    sent += room;
  }
}

function toGuest(fd: number): void {
  let got = 0;
  while (got < BYTES) {
    writeHeader(view, 512, header);
    const moved = os.vsockFill(device, fd, 512, 256 * 1024);
    if (moved === -Errno.EAGAIN) continue;
    if (moved === -Errno.ENOBUFS) {
      offerBuffers(SIZE);
      continue;
    }
    got += check(moved, 'fill') & 0x3fff_ffff;
  }
}

const plain = Buffer.alloc(64 * 1024);

function plainWrite(fd: number): void {
  for (let sent = 0; sent < BYTES; ) sent += writeSync(fd, plain);
}

function plainRead(fd: number): void {
  for (let got = 0; got < BYTES; ) got += readSync(fd, plain);
}

const offer = ring(TX, 64 * 1024 + HEADER.size, 0);
const offerBuffers = ring(RX, 4096, 2);

const sink = ['cat'];
const source = ['sh', '-c', 'cat /dev/zero 2>/dev/null || true'];
const figures: Record<string, number[]> = {
  'plain write': [],
  'from the guest': [],
  'plain read': [],
  'to the guest': [],
};
for (let round = 0; round < ROUNDS; round++) {
  figures['plain write']!.push(await program(sink, 'input', true, plainWrite));
  figures['from the guest']!.push(await program(sink, 'input', false, fromGuest));
  figures['plain read']!.push(await program(source, 'output', true, plainRead));
  figures['to the guest']!.push(await program(source, 'output', false, toGuest));
}
for (const [name, values] of Object.entries(figures)) {
  const sorted = values.sort((a, b) => a - b);
  console.log(
    `${name.padEnd(16)} median ${sorted[sorted.length >> 1]!.toFixed(2)} GB/s (${sorted.map((each) => each.toFixed(2)).join(' ')})`,
  );
}
