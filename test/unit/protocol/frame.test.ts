import assert from 'node:assert/strict';
import { concat } from '../../../protocol/bytes.js';
import { ProtocolError } from '../../../protocol/error.js';
import { ENVELOPE_LIMIT, encodeFrame, FrameDecoder } from '../../../protocol/frame.js';

const bodies = [Uint8Array.of(1, 2, 3), new Uint8Array(0), new Uint8Array(1000).fill(7), Uint8Array.of(9)];
const stream = concat(bodies.map((body) => encodeFrame(body, 1000)));

function plain(frames: readonly Uint8Array[]): number[][] {
  return frames.map((frame) => [...frame]);
}

describe('protocol/frame', () => {
  it('writes the length as u32 little endian', () => {
    assert.deepEqual([...encodeFrame(Uint8Array.of(5, 6), 10)], [2, 0, 0, 0, 5, 6]);
    assert.throws(() => encodeFrame(new Uint8Array(11), 10), ProtocolError);
  });

  it('takes a stream apart however it was cut', () => {
    for (const size of [1, 2, 3, 5, 7, 100, 333, stream.length]) {
      const decoder = new FrameDecoder(1000);
      const frames: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += size) {
        // A fresh copy each time, as a socket gives it.
        frames.push(...decoder.push(stream.slice(at, at + size)));
      }
      assert.deepEqual(plain(frames), plain(bodies), `pieces of ${size}`);
      assert.equal(decoder.pending, 0);
    }
  });

  it('cuts in two at every place', () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const decoder = new FrameDecoder(1000);
      const frames = [...decoder.push(stream.slice(0, cut)), ...decoder.push(stream.slice(cut))];
      if (frames.length !== bodies.length) assert.fail(`cut at ${cut}`);
    }
  });

  it('gives views where a body came in one piece', () => {
    const chunk = encodeFrame(Uint8Array.of(1, 2), 10);
    const [body] = new FrameDecoder(10).push(chunk);
    assert.equal(body!.buffer, chunk.buffer);
  });

  it('does not keep views of a chunk that will be reused', () => {
    const decoder = new FrameDecoder(10);
    const chunk = encodeFrame(Uint8Array.of(1, 2, 3, 4), 10).slice();
    const head = chunk.slice(0, 6);
    assert.deepEqual(decoder.push(head), []);
    head.fill(0xff);
    assert.deepEqual(plain(decoder.push(chunk.slice(6))), [[1, 2, 3, 4]]);
  });

  it('says how much of an unfinished frame it holds', () => {
    const decoder = new FrameDecoder(10);
    decoder.push(Uint8Array.of(3, 0));
    assert.equal(decoder.pending, 2);
    decoder.push(Uint8Array.of(0, 0, 1));
    assert.equal(decoder.pending, 5);
  });

  it('refuses a length above the limit as soon as it is known', () => {
    const decoder = new FrameDecoder(1000);
    assert.deepEqual(decoder.push(Uint8Array.of(0xe9, 0x03, 0)), []);
    assert.throws(() => decoder.push(Uint8Array.of(0)), /1001 bytes is longer than the limit of 1000/);
    assert.throws(() => new FrameDecoder(ENVELOPE_LIMIT).push(Uint8Array.of(0xff, 0xff, 0xff, 0xff)), ProtocolError);
  });

  it('reserves nothing for a length alone', () => {
    const before = process.memoryUsage().arrayBuffers;
    const decoders = Array.from({ length: 200 }, () => new FrameDecoder(ENVELOPE_LIMIT));
    for (const decoder of decoders) decoder.push(Uint8Array.of(0, 0, 0x10, 0, 1));
    assert.ok(process.memoryUsage().arrayBuffers - before < 1024 * 1024);
    assert.equal(decoders[0]!.pending, 5);
  });

  it('changes its limit between frames', () => {
    const decoder = new FrameDecoder(2);
    decoder.push(encodeFrame(Uint8Array.of(1), 2));
    decoder.limit = 5;
    assert.deepEqual(plain(decoder.push(encodeFrame(Uint8Array.of(1, 2, 3, 4, 5), 5))), [[1, 2, 3, 4, 5]]);
  });

  it('stops behind the first frame when asked to', () => {
    const decoder = new FrameDecoder(10);
    const chunk = concat([encodeFrame(Uint8Array.of(1, 2), 10), Uint8Array.of(0xff, 0xff, 0xff, 0xff, 5)]);
    assert.deepEqual(decoder.pushOne(chunk.subarray(0, 5)), { body: undefined, rest: new Uint8Array(0) });
    const { body, rest } = decoder.pushOne(chunk.subarray(5));
    assert.deepEqual([...body!], [1, 2]);
    assert.deepEqual([...rest], [0xff, 0xff, 0xff, 0xff, 5]);
    assert.equal(decoder.pending, 0);
  });
});
