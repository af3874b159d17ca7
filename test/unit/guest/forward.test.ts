import assert from 'node:assert/strict';
import { Counter, createCounters } from '../../../guest/counters.js';
import { DATA, Forward, laneOf, META, type Port, STREAM_CHUNK } from '../../../guest/forward.js';
import { BAD_FRAME, WOKEN } from '../../../native/os.js';
import { BAD_ANNOUNCEMENT, TOO_MANY_ANNOUNCEMENTS } from '../../../native/os-guest.js';
import { INJECTED } from '../../../protocol/announce.js';
import { Errno } from '../../../protocol/errno.js';
import { Opcode } from '../../../protocol/fuse/opcodes.js';
import { fuse_in_header } from '../../../protocol/fuse/structs.js';

const LARGEST = 4096;
const REQUEST = 80;
const STREAM = 8192;
const INJECTOR = 4711;
const regions = { request: REQUEST, stream: STREAM, streamSize: LARGEST + STREAM_CHUNK };

interface Sent {
  readonly to: 'meta' | 'data' | 'reply' | 'announce';
  readonly bytes: Uint8Array;
}

/** A Forward over memory of its own, and what it hands on. */
class Bench {
  readonly arena = new ArrayBuffer(STREAM + regions.streamSize);
  readonly view = new DataView(this.arena);
  readonly counters = createCounters();
  readonly sent: Sent[] = [];
  /** Results of the calls to come; 0 when empty. */
  readonly results: number[] = [];
  readonly forward: Forward;

  constructor(injector = INJECTOR) {
    const take = (to: Sent['to'], offset: number, length: number) => {
      this.sent.push({ to, bytes: new Uint8Array(this.arena.slice(offset, offset + length)) });
      return this.results.shift() ?? 0;
    };
    const port: Port = {
      send: (lane, offset, length) => take(lane === DATA ? 'data' : 'meta', offset, length),
      reply: (offset, length) => take('reply', offset, length),
      announce: (offset, length) => take('announce', offset, length),
    };
    this.forward = new Forward(this.arena, regions, { largest: LARGEST, injector }, port, this.counters);
  }

  request(opcode: number, length = 48): number {
    this.view.setUint32(REQUEST, length, true);
    this.view.setUint32(REQUEST + 4, opcode, true);
    return this.forward.request(length);
  }

  /** As if the lane had given these bytes, `cut` at a time. */
  receive(stream: Uint8Array, cut = stream.length): number {
    for (let at = 0; at < stream.length; at += cut) {
      const part = stream.subarray(at, at + cut);
      new Uint8Array(this.arena).set(part, this.forward.receiveAt);
      const result = this.forward.received(part.length);
      if (result !== 0) return result;
    }
    return 0;
  }

  count(counter: number): number {
    return this.counters[counter]!;
  }
}

function message(unique: number, length: number, error = 0): Uint8Array {
  const bytes = new Uint8Array(length).fill(unique & 0xff, 16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length, true);
  view.setInt32(4, error, true);
  view.setUint32(8, unique, true);
  return bytes;
}

function join(messages: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(messages));
}

describe('guest/forward', () => {
  it('sends READ and WRITE on the data lane and everything else on the metadata lane', () => {
    for (const opcode of Object.values(Opcode)) {
      const expected = opcode === Opcode.READ || opcode === Opcode.WRITE ? DATA : META;
      assert.equal(laneOf(opcode), expected, `opcode ${opcode}`);
    }
    assert.equal(laneOf(0xffff_ffff), META);
  });

  it('passes a request on whole and unchanged', () => {
    const bench = new Bench();
    new Uint8Array(bench.arena).fill(0x5a, REQUEST, REQUEST + 200);
    assert.equal(bench.request(Opcode.WRITE, 200), 0);
    assert.equal(bench.request(Opcode.LOOKUP, 44), 0);
    assert.deepEqual(
      bench.sent.map(({ to, bytes }) => [to, bytes.length, bytes[20]]),
      [
        ['data', 200, 0x5a],
        ['meta', 44, 0x5a],
      ],
    );
    assert.equal(bench.count(Counter.REQUESTS), 2);
    assert.equal(bench.count(Counter.BYTES_OUT), 244);
  });

  it('refuses a request that is not as long as it says', () => {
    const bench = new Bench();
    bench.view.setUint32(REQUEST, 64, true);
    assert.equal(bench.forward.request(63), BAD_FRAME);
    bench.view.setUint32(REQUEST, 39, true);
    assert.equal(bench.forward.request(39), BAD_FRAME);
    assert.equal(bench.sent.length, 0);
  });

  it('tells why a request could not be sent', () => {
    const bench = new Bench();
    bench.results.push(-Errno.EPIPE, WOKEN);
    assert.equal(bench.request(Opcode.GETATTR), -Errno.EPIPE);
    assert.equal(bench.request(Opcode.GETATTR), WOKEN);
  });

  const replies = [
    message(1, 16),
    message(2, 17),
    message(3, LARGEST),
    message(4, 120),
    message(5, 1021),
    message(6, 16),
  ];
  for (const cut of [1, 3, 15, 16, 17, 100, 4095, 4096, 4097, 100_000]) {
    it(`delivers whole replies from a stream cut every ${cut} bytes`, () => {
      const bench = new Bench();
      assert.equal(bench.receive(join(replies), cut), 0);
      assert.deepEqual(
        bench.sent.map(({ to, bytes }) => [to, Buffer.from(bytes).toString('hex')]),
        replies.map((bytes) => ['reply', Buffer.from(bytes).toString('hex')]),
      );
      assert.equal(bench.count(Counter.REPLIES), replies.length);
      assert.equal(bench.count(Counter.BYTES_IN), join(replies).length);
    });
  }

  it('always has room for a whole chunk', () => {
    const bench = new Bench();
    const stream = join(
      Array.from({ length: 300 }, (_, index) => message(index + 1, 16 + ((index * 977) % (LARGEST - 16)))),
    );
    for (let at = 0; at < stream.length; at += 3001) {
      bench.receive(stream.subarray(at, at + 3001));
      assert.ok(bench.forward.receiveAt + STREAM_CHUNK <= STREAM + regions.streamSize);
    }
    assert.equal(bench.count(Counter.REPLIES), 300);
  });

  it('keeps notifications apart by their unique of zero, all 64 bits of it', () => {
    const bench = new Bench();
    const high = message(0, 24);
    new DataView(high.buffer).setUint32(12, 1, true);
    bench.receive(join([message(0, 40, 2), message(7, 16), high]));
    assert.deepEqual(
      bench.sent.map(({ to, bytes }) => [to, bytes.length]),
      [
        ['announce', 40],
        ['reply', 16],
        ['reply', 24],
      ],
    );
    assert.equal(bench.count(Counter.NOTIFICATIONS), 1);
  });

  for (const code of [BAD_ANNOUNCEMENT, TOO_MANY_ANNOUNCEMENTS, -Errno.EPIPE]) {
    it(`ends with an announcement that cannot be taken (${code}), and delivers nothing behind it`, () => {
      const bench = new Bench();
      bench.results.push(code);
      assert.equal(bench.receive(join([message(0, 40, 2), message(1, 16)])), code);
      assert.deepEqual([bench.sent.length, bench.count(Counter.REPLIES)], [1, 0]);
    });
  }

  it("marks the injecting thread's requests, and nobody else's", () => {
    for (const [pid, padding] of [
      [INJECTOR, INJECTED],
      [INJECTOR + 1, 0],
      [0, 0],
    ] as const) {
      const bench = new Bench();
      bench.view.setUint32(REQUEST + fuse_in_header.at.pid, pid, true);
      bench.view.setUint16(REQUEST + fuse_in_header.at.total_extlen, 1, true);
      assert.equal(bench.request(Opcode.MKNOD), 0);
      const sent = new DataView(bench.sent[0]!.bytes.buffer);
      assert.equal(sent.getUint16(fuse_in_header.at.padding, true), padding);
      assert.equal(sent.getUint16(fuse_in_header.at.total_extlen, true), 1);
    }
  });

  it('marks no request where nothing can be injected, not even that of a thread without a number', () => {
    const bench = new Bench(0);
    assert.equal(bench.request(Opcode.MKNOD), 0);
    assert.equal(new DataView(bench.sent[0]!.bytes.buffer).getUint16(fuse_in_header.at.padding, true), 0);
  });

  it('does not mind a reply to a call that was interrupted', () => {
    const bench = new Bench();
    bench.results.push(-Errno.ENOENT);
    assert.equal(bench.receive(join([message(1, 16), message(2, 16)])), 0);
    assert.deepEqual([bench.count(Counter.LATE), bench.count(Counter.REPLIES)], [1, 1]);
  });

  it('answers EIO where the kernel refuses the reply', () => {
    const bench = new Bench();
    bench.results.push(-Errno.EINVAL, -Errno.ENOENT);
    assert.equal(bench.receive(join([message(9, 96), message(2, 16)])), 0);
    const [, instead, next] = bench.sent.map(({ bytes }) => new DataView(bytes.buffer));
    assert.deepEqual(
      [instead!.getUint32(0, true), instead!.getInt32(4, true), instead!.getUint32(8, true)],
      [16, -5, 9],
    );
    assert.equal(next!.getUint32(8, true), 2);
    assert.equal(bench.count(Counter.REFUSED), 1);
  });

  it('ends when the kernel is not there any more', () => {
    const bench = new Bench();
    bench.results.push(-Errno.ENODEV);
    assert.equal(bench.receive(join([message(1, 16), message(2, 16)])), -Errno.ENODEV);
    assert.equal(bench.sent.length, 1);
  });

  for (const length of [0, 15, LARGEST + 1, 0xffff_ffff]) {
    it(`ends at a message that claims ${length} bytes, after those before it`, () => {
      const bench = new Bench();
      const bad = message(2, 16);
      new DataView(bad.buffer).setUint32(0, length, true);
      assert.equal(bench.receive(join([message(1, 16), bad])), BAD_FRAME);
      assert.equal(bench.sent.length, 1);
    });
  }

  it('refuses memory that is too small for its messages', () => {
    const arena = new ArrayBuffer(1024);
    const small = { request: 0, stream: 64, streamSize: LARGEST };
    assert.throws(
      () => new Forward(arena, small, { largest: LARGEST, injector: 0 }, {} as Port, createCounters()),
      RangeError,
    );
  });
});
