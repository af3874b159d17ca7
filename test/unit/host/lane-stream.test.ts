import assert from 'node:assert/strict';
import type { Arena } from '../../../host/arena.js';
import { LaneStream } from '../../../host/lane-stream.js';
import { Violation } from '../../../host/request.js';

const BASE = 64;
const LIMIT = 1024;

function setUp() {
  const buffer = new ArrayBuffer(LIMIT);
  const arena: Arena = {
    memory: new Uint8Array(buffer),
    words: new Uint32Array(buffer),
    signed: new Int32Array(buffer),
    view: new DataView(buffer),
  };
  const stream = new LaneStream(arena, BASE, LIMIT);
  const feed = (bytes: Uint8Array) => {
    assert.ok(bytes.length <= stream.room);
    arena.memory.set(bytes, stream.receiveAt);
    stream.received(bytes.length);
  };
  /** Takes all whole messages and returns their bodies' first byte. */
  const drain = (least = Number.POSITIVE_INFINITY) => {
    const seen: string[] = [];
    for (let length = stream.next(least); length > 0; length = stream.next(least)) {
      assert.equal(stream.at % 8, 0, 'aligned');
      seen.push(`${length}:${arena.memory[stream.at + 40] ?? ''}`);
      stream.consume(length);
    }
    return seen;
  };
  return { stream, feed, drain };
}

function message(length: number, mark: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(mark);
  new DataView(bytes.buffer).setUint32(0, length, true);
  return bytes;
}

describe('the receive side of a lane', () => {
  it('hands out messages however they are split, each aligned', () => {
    const whole = Buffer.concat([message(45, 1), message(51, 2), message(64, 3), message(41, 4)]);
    for (let cut = 1; cut < whole.length; cut++) {
      const { feed, drain } = setUp();
      feed(whole.subarray(0, cut));
      const first = drain();
      feed(whole.subarray(cut));
      assert.deepEqual([...first, ...drain()], ['45:1', '51:2', '64:3', '41:4'], `cut at ${cut}`);
    }
  });

  it('makes room for a message that would not fit behind the ones before it', () => {
    const { feed, drain, stream } = setUp();
    const big = message(700, 9);
    feed(Buffer.concat([message(600, 1), big.subarray(0, 100)]));
    assert.deepEqual(drain(), ['600:1']);
    assert.ok(stream.room >= 600);
    feed(big.subarray(100));
    assert.deepEqual(drain(), ['700:9']);
  });

  it('shows the beginning of a message when that is enough', () => {
    const { feed, stream } = setUp();
    feed(message(500, 5).subarray(0, 90));
    assert.equal(stream.next(Number.POSITIVE_INFINITY), 0);
    assert.equal(stream.next(80), 500);
    assert.equal(stream.available, 90);
  });

  it('has room for the rest of a message whose beginning it shows', () => {
    for (let before = 800; before < LIMIT - BASE - 80; before++) {
      const { feed, stream } = setUp();
      feed(Buffer.concat([message(before, 1), message(500, 2).subarray(0, 80)]));
      assert.equal(stream.next(80), before);
      stream.consume(before);
      assert.equal(stream.next(80), 500);
      assert.ok(stream.at + 500 <= LIMIT, `${before} bytes before it`);
      assert.equal(stream.available, 80);
    }
  });

  for (const length of [0, 39, 2 << 20]) {
    it(`refuses a length of ${length}`, () => {
      const { feed, stream } = setUp();
      const bytes = message(40, 0);
      new DataView(bytes.buffer).setUint32(0, length, true);
      feed(bytes);
      assert.throws(() => stream.next(Number.POSITIVE_INFINITY), Violation);
    });
  }
});
