/** A WriteBehind without a kernel: what it is asked, what it answers, and what it sends to a host. */
import assert from 'node:assert/strict';
import { createCounters } from '../../../guest/counters.js';
import { ANSWERED, type BehindPort, FORWARD, roomFor, WriteBehind } from '../../../guest/write-behind.js';
import { FUSE_WRITE_KILL_SUIDGID } from '../../../protocol/fuse/flags.js';
import { Opcode } from '../../../protocol/fuse/opcodes.js';
import {
  fuse_flush_in,
  fuse_fsync_in,
  fuse_in_header,
  fuse_release_in,
  fuse_write_in,
} from '../../../protocol/fuse/structs.js';
import { O_WRONLY } from '../../../protocol/linux.js';
import { type Fields, readStruct, type Struct, type Value, writeStruct } from '../../../protocol/struct.js';

export const MOST = 256 * 1024;
export const REQUEST = 80;
const ROOM = 4096 + MOST;
export const OWN = 1n << 63n;

export function pack<F extends Fields>(type: Struct<F>, members: { readonly [K in keyof F]?: Value }): Buffer {
  const bytes = Buffer.alloc(type.size);
  writeStruct(type, new DataView(bytes.buffer, bytes.byteOffset), 0, members);
  return bytes;
}

interface Sent {
  readonly node: bigint;
  readonly fh: bigint;
  readonly offset: bigint;
  readonly flags: number;
  readonly killsSetId: boolean;
  readonly payload: string;
}

/** A WriteBehind over memory of its own, and a host that writes what it gets, or says `errno`. */
export class Bench {
  readonly memory = Buffer.from(new ArrayBuffer(ROOM + roomFor(MOST)));
  readonly counters = createCounters();
  readonly sent: Sent[] = [];
  readonly replies: Buffer[] = [];
  /** unique of what went the other way */
  readonly aside: bigint[] = [];
  /** what was waited for, one after the other */
  readonly waits: number[] = [];
  /** of the next writes */
  errno = 0;
  now = 1000;
  private unique = 2n;
  private readonly failures: { sequence: number; errno: number }[] = [];
  readonly behind: WriteBehind;

  constructor(port: Partial<BehindPort> = {}) {
    const { buffer } = this.memory;
    const all: BehindPort = {
      send: (offset, length) => this.send(offset, length),
      sendAside: (offset) => {
        this.aside.push(this.memory.readBigUInt64LE(offset + 8));
        return 0;
      },
      reply: (offset, length) => {
        this.replies.push(Buffer.from(this.memory.subarray(offset, offset + length)));
        return 0;
      },
      settle: (count) => {
        this.waits.push(count);
        return 0;
      },
      failure: () => this.failures.shift(),
      ...port,
    };
    this.behind = new WriteBehind(buffer as ArrayBuffer, REQUEST, ROOM, MOST, all, this.counters);
  }

  private send(offset: number, length: number): number {
    const view = new DataView(this.memory.buffer);
    const { len, opcode, unique, nodeid } = readStruct(fuse_in_header, view, offset);
    const args = readStruct(fuse_write_in, view, offset + fuse_in_header.size);
    const payload = this.memory.subarray(offset + 80, offset + length).toString();
    assert.deepEqual([len, opcode, args.size], [length, Opcode.WRITE, payload.length]);
    assert.equal(BigInt(unique) & OWN, OWN);
    if (this.errno !== 0)
      this.failures.push({ sequence: Number(BigInt.asUintN(32, BigInt(unique))), errno: this.errno });
    const killsSetId = (Number(args.write_flags) & FUSE_WRITE_KILL_SUIDGID) !== 0;
    const [node, fh, at] = [nodeid, args.fh, args.offset].map(BigInt);
    this.sent.push({ node: node!, fh: fh!, offset: at!, flags: Number(args.flags), killsSetId, payload });
    return 0;
  }

  take(opcode: number, body: Uint8Array, nodeid = 7n): number {
    const len = fuse_in_header.size + body.length;
    this.unique += 2n;
    const { unique } = this;
    const message = Buffer.concat([pack(fuse_in_header, { len, opcode, unique, nodeid }), body]);
    message.copy(this.memory, REQUEST);
    const before = this.replies.length;
    const result = this.behind.take(len, this.now);
    assert.equal(this.replies.length - before, result === ANSWERED ? 1 : 0, 'a reply exactly if it is answered');
    if (result === FORWARD) assert.ok(this.memory.subarray(REQUEST, REQUEST + len).equals(message), 'unchanged');
    else assert.equal(this.replies.at(-1)!.readBigUInt64LE(8), unique);
    return result;
  }

  /** Whether it was acknowledged; otherwise it is the host's. */
  write(
    text: string,
    offset: number | bigint,
    more: Partial<{ fh: bigint; node: bigint; flags: number; how: number }> = {},
  ) {
    const { fh = 1n, node = 7n, flags = O_WRONLY, how = 0 } = more;
    const payload = Buffer.from(text);
    const args = pack(fuse_write_in, { fh, offset: BigInt(offset), size: payload.length, flags, write_flags: how });
    const answered = this.take(Opcode.WRITE, Buffer.concat([args, payload]), node) === ANSWERED;
    if (answered) {
      const reply = this.replies.at(-1)!;
      assert.deepEqual([reply.length, reply.readUInt32LE(0), reply.readInt32LE(4)], [24, 24, 0]);
      assert.equal(reply.readUInt32LE(16), payload.length);
    }
    return answered;
  }

  /** The errno it was answered with; 0: it is forwarded. */
  private errnoOf(opcode: number, body: Uint8Array, node?: bigint): number {
    return this.take(opcode, body, node) === FORWARD ? 0 : -this.replies.at(-1)!.readInt32LE(4);
  }

  flush(fh = 1n, node?: bigint): number {
    return this.errnoOf(Opcode.FLUSH, pack(fuse_flush_in, { fh }), node);
  }

  fsync(fh = 1n, node?: bigint): number {
    return this.errnoOf(Opcode.FSYNC, pack(fuse_fsync_in, { fh }), node);
  }

  release(fh = 1n, node?: bigint): number {
    return this.errnoOf(Opcode.RELEASE, pack(fuse_release_in, { fh }), node);
  }

  get payloads(): string[] {
    return this.sent.map(({ payload }) => payload);
  }
}
