/**
 * A hypervisor and a guest's driver in one, for tests of the vsock device without either: it speaks vhost-user at the socket
 * and keeps two split rings in a memfd, which it reads and writes as a file. Everything it sends can be made wrong.
 */
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, readSync, writeSync } from 'node:fs';
import { os } from '../../../native/index.js';
import {
  emptyHeader,
  HEADER,
  type Header,
  Op,
  readHeader,
  TYPE_STREAM,
  writeHeader,
} from '../../../vm/vsock/packet.js';
import { Request } from '../../../vm/vsock/vhost-user.js';
import { call } from '../../support/sys/error.js';
import { until } from '../../support/until.js';
import { connectUnix, sendWithFiles } from './unix.js';

export const CID = 3;
export const MEMORY = 4 << 20;
/** Where the memory lies for the guest, and for its hypervisor. */
export const GUEST = 0x4000_0000n;
export const USER = 0x7f00_0000_0000n;
export const SIZE = 64;
/** Bytes of each buffer. */
export const BUFFER = 4096;

/** Offsets of a ring's parts in the memory, by its number. */
export const RING = [0, 1].map((index) => ({
  descriptors: index * 0x4000,
  available: index * 0x4000 + 0x1000,
  used: index * 0x4000 + 0x2000,
  buffers: 0x10_0000 * (index + 1),
}));

export interface Packet {
  readonly header: Header;
  readonly payload: Buffer;
}

export interface GuestOptions {
  /** bits of the device's features to accept; default all that it offers */
  readonly without?: bigint;
  readonly cid?: number;
}

export const INDIRECT = 1n << 28n;
export const EVENT_INDEX = 1n << 29n;

export class FakeGuest {
  readonly socket: number;
  readonly memory: number;
  readonly kicks: number[] = [];
  readonly calls: number[] = [];
  readonly received: Packet[] = [];
  features = 0n;
  #available = [0, 0];
  #seen = [0, 0];

  /** Connects, negotiates and starts both rings, with all of ring 0's buffers offered. */
  static open(socketPath: string, options: GuestOptions = {}): FakeGuest {
    const guest = new FakeGuest(socketPath);
    guest.negotiate(options);
    guest.start();
    guest.offer(SIZE);
    return guest;
  }

  constructor(socketPath: string) {
    this.socket = connectUnix(socketPath);
    this.memory = call('memfd_create', Buffer.from('guest\0'), 0);
    ftruncateSync(this.memory, MEMORY);
  }

  /** Ends it as a killed hypervisor would. */
  close(): void {
    for (const fd of [this.socket, this.memory, ...this.kicks, ...this.calls]) closeSync(fd);
    this.kicks.length = this.calls.length = 0;
  }

  // -- vhost-user ------------------------------------------------------------------------------------------------------

  /** Sends a message; with `flags` 9 an answer is asked for. */
  message(request: number, payload: Uint8Array = Buffer.alloc(0), files: readonly number[] = [], flags = 1): void {
    const head = Buffer.alloc(12);
    head.writeUInt32LE(request, 0);
    head.writeUInt32LE(flags, 4);
    head.writeUInt32LE(payload.length, 8);
    this.raw(Buffer.concat([head, payload]), files);
  }

  raw(bytes: Buffer, files: readonly number[] = []): void {
    sendWithFiles(this.socket, bytes, files);
  }

  /** The payload of the device's answer. */
  answer(): Buffer {
    const head = this.#read(12);
    return this.#read(head.readUInt32LE(8));
  }

  ask(request: number, payload?: Uint8Array): Buffer {
    this.message(request, payload);
    return this.answer();
  }

  /** Sends a message that has no answer of its own and asks for its status: 0 or an errno. */
  status(request: number, payload: Uint8Array, files: readonly number[] = []): number {
    this.message(request, payload, files, 9);
    return Number(this.answer().readBigUInt64LE(0));
  }

  negotiate(options: GuestOptions = {}): void {
    this.features = this.ask(Request.GET_FEATURES).readBigUInt64LE(0) & ~(options.without ?? 0n);
    const protocol = this.ask(Request.GET_PROTOCOL_FEATURES);
    this.message(Request.SET_PROTOCOL_FEATURES, protocol);
    this.message(Request.SET_OWNER);
    assert.equal(this.status(Request.SET_FEATURES, u64(this.features)), 0);
    assert.equal(this.shareMemory(), 0);
  }

  shareMemory(size = BigInt(MEMORY), offset = 0n): number {
    const table = Buffer.concat([u32(1, 0), u64(GUEST), u64(size), u64(USER), u64(offset)]);
    return this.status(Request.SET_MEM_TABLE, table, [this.memory]);
  }

  /** Tells the rings, and enables them unless they are. */
  start(base = 0, enable = true): void {
    writeSync(this.memory, Buffer.alloc(0x8000), 0, 0x8000, 0);
    this.#available = [base, base];
    this.#seen = [base, base];
    for (const index of [0, 1]) {
      const ring = RING[index]!;
      this.#store16(ring.available + 2, base);
      this.#store16(ring.used + 2, base);
      assert.equal(this.status(Request.SET_VRING_NUM, u32(index, SIZE)), 0);
      assert.equal(this.status(Request.SET_VRING_BASE, u32(index, base)), 0);
      assert.equal(this.status(Request.SET_VRING_ADDR, this.addresses(index)), 0);
      const kick = os.wakerCreate();
      const signal = os.wakerCreate();
      this.kicks.push(kick);
      this.calls.push(signal);
      assert.equal(this.status(Request.SET_VRING_CALL, u64(BigInt(index)), [signal]), 0);
      assert.equal(this.status(Request.SET_VRING_KICK, u64(BigInt(index)), [kick]), 0);
      if (enable) assert.equal(this.status(Request.SET_VRING_ENABLE, u32(index, 1)), 0);
    }
  }

  addresses(index: number): Buffer {
    const ring = RING[index]!;
    const at = (offset: number) => u64(USER + BigInt(offset));
    return Buffer.concat([u32(index, 0), at(ring.descriptors), at(ring.used), at(ring.available), u64(0n)]);
  }

  /** Stops both rings, as a reset of the guest does, which QEMU begins by disabling them; where they stood. */
  stop(disabledFirst = false): number[] {
    if (disabledFirst) for (const index of [0, 1]) this.status(Request.SET_VRING_ENABLE, u32(index, 0));
    return [0, 1].map((index) => this.ask(Request.GET_VRING_BASE, u32(index, 0)).readUInt32LE(4));
  }

  // -- the driver ------------------------------------------------------------------------------------------------------

  /** Writes descriptor `at` of a ring. Flags: 1 next, 2 write, 4 indirect. */
  descriptor(index: number, at: number, address: bigint, length: number, flags: number, next = 0): void {
    writeSync(this.memory, descriptor(address, length, flags, next), 0, 16, RING[index]!.descriptors + 16 * at);
  }

  /** Adds a chain's head to the available ring. */
  add(index: number, head: number): void {
    const ring = RING[index]!;
    this.#store16(ring.available + 4 + 2 * (this.#available[index]! % SIZE), head);
    this.#available[index] = (this.#available[index]! + 1) & 0xffff;
    this.#store16(ring.available + 2, this.#available[index]!);
  }

  setAvailable(index: number, value: number): void {
    this.#store16(RING[index]!.available + 2, value);
  }

  /** Kicks if the device wants to hear of what was added since the index was `old` (virtio 1.x §2.7.7, §2.7.10). */
  #notify(index: number, old: number): void {
    const { used } = RING[index]!;
    const event = this.#load16(used + 4 + 8 * SIZE);
    const now = this.#available[index]!;
    const wanted =
      (this.features & EVENT_INDEX) === 0n
        ? (this.#load16(used) & 1) === 0
        : ((now - event - 1) & 0xffff) < ((now - old) & 0xffff);
    if (wanted) this.kick(index);
  }

  kick(index: number): void {
    os.wakerSignal(this.kicks[this.kicks.length - 2 + index]!);
  }

  /** Gives the device `count` buffers for packets. */
  offer(count: number): void {
    const old = this.#available[0]!;
    for (let at = 0; at < count; at++) {
      const slot = this.#available[0]! % SIZE;
      this.descriptor(0, slot, GUEST + BigInt(RING[0]!.buffers + slot * BUFFER), BUFFER, 2);
      this.add(0, slot);
    }
    this.#notify(0, old);
  }

  /** Sends a packet: header and payload in two descriptors, in one, or in an indirect table. */
  async send(header: Partial<Header>, payload: Uint8Array = Buffer.alloc(0), how: Layout = 'two'): Promise<void> {
    // The device may keep some before it gives them back together.
    await until(() => ((this.#available[1]! - this.sent) & 0xffff) < SIZE / 4, 'the device to take a packet');
    const slot = (this.#available[1]! * 2) % SIZE;
    const at = RING[1]!.buffers + slot * BUFFER;
    const bytes = Buffer.alloc(HEADER.size + payload.length);
    const whole = { ...defaults, length: payload.length, ...header };
    writeHeader(new DataView(bytes.buffer, bytes.byteOffset), 0, whole);
    bytes.set(payload, HEADER.size);
    writeSync(this.memory, bytes, 0, bytes.length, at);
    const address = GUEST + BigInt(at);
    if (how === 'one') {
      this.descriptor(1, slot, address, bytes.length, 0);
    } else if (how === 'two') {
      this.descriptor(1, slot, address, HEADER.size, payload.length > 0 ? 1 : 0, slot + 1);
      this.descriptor(1, slot + 1, address + BigInt(HEADER.size), payload.length, 0);
    } else {
      // A header that is itself in two pieces.
      const table = Buffer.concat([descriptor(address, 20, 1, 1), descriptor(address + 20n, bytes.length - 20, 0, 0)]);
      writeSync(this.memory, table, 0, table.length, at + BUFFER);
      this.descriptor(1, slot, address + BigInt(BUFFER), table.length, 4);
    }
    const old = this.#available[1]!;
    this.add(1, slot);
    this.#notify(1, old);
  }

  /** Waits until the device has given everything back that was sent. */
  async room(): Promise<void> {
    await until(() => this.sent === this.#available[1], 'the device to give back what was sent');
  }

  /** The device's index of the transmit ring. */
  get sent(): number {
    return this.#load16(RING[1]!.used + 2);
  }

  /** How often the device has said since the last call that it has given back what was sent. */
  told(): number {
    const count = Buffer.alloc(8);
    try {
      readSync(this.calls[1]!, count);
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
    }
    return Number(count.readBigUInt64LE());
  }

  /** Takes what has come since the last call; with `again` the buffers are given back. */
  take(again = true): number {
    const used = this.#load16(RING[0]!.used + 2);
    let count = 0;
    while (this.#seen[0] !== used) {
      const element = this.load(RING[0]!.used + 4 + 8 * (this.#seen[0]! % SIZE), 8);
      const bytes = this.load(RING[0]!.buffers + element.readUInt32LE(0) * BUFFER, element.readUInt32LE(4));
      const header = emptyHeader();
      readHeader(new DataView(bytes.buffer, bytes.byteOffset), 0, header);
      this.received.push({ header, payload: bytes.subarray(HEADER.size) });
      this.#seen[0] = (this.#seen[0]! + 1) & 0xffff;
      count++;
    }
    if (again && count > 0) this.offer(count);
    return count;
  }

  /** The next packet that has not been asked for. */
  async next(): Promise<Packet> {
    await until(() => this.received.length > 0 || this.take() > 0, 'a packet of the device');
    return this.received.shift()!;
  }

  /** The next packet, which has to be of that kind. */
  async expect(op: number): Promise<Packet> {
    const packet = await this.next();
    assert.equal(packet.header.op, op, `operation ${packet.header.op}`);
    return packet;
  }

  /** Connects a port of the guest's to one of the host's. */
  async connect(guestPort: number, hostPort: number, bufAlloc = 1 << 20): Promise<Packet> {
    await this.send({ srcPort: guestPort, dstPort: hostPort, op: Op.REQUEST, bufAlloc });
    return this.next();
  }

  load(at: number, length: number): Buffer {
    const out = Buffer.alloc(length);
    readSync(this.memory, out, 0, length, at);
    return out;
  }

  store(at: number, bytes: Uint8Array): void {
    writeSync(this.memory, bytes, 0, bytes.length, at);
  }

  #read(length: number): Buffer {
    const out = Buffer.alloc(length);
    for (let got = 0; got < length; ) {
      const more = readSync(this.socket, out, got, length - got, null);
      if (more === 0) throw new Error('the device has hung up');
      got += more;
    }
    return out;
  }

  #load16(at: number): number {
    return this.load(at, 2).readUInt16LE(0);
  }

  #store16(at: number, value: number): void {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(value & 0xffff, 0);
    this.store(at, bytes);
  }
}

type Layout = 'one' | 'two' | 'indirect';

const defaults: Header = { ...emptyHeader(), srcCid: CID, dstCid: 2, type: TYPE_STREAM, bufAlloc: 1 << 20 };

export function descriptor(address: bigint, length: number, flags: number, next: number): Buffer {
  const out = Buffer.alloc(16);
  out.writeBigUInt64LE(BigInt.asUintN(64, address), 0);
  out.writeUInt32LE(length >>> 0, 8);
  out.writeUInt16LE(flags & 0xffff, 12);
  out.writeUInt16LE(next & 0xffff, 14);
  return out;
}

export function u32(...values: number[]): Buffer {
  const out = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) out.writeUInt32LE(value, 4 * at);
  return out;
}

export function u64(value: bigint): Buffer {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(value, 0);
  return out;
}
