import assert from 'node:assert/strict';
import { ProtocolError } from '../../../protocol/error.js';
import { FrameDecoder } from '../../../protocol/frame.js';
import {
  decodeStreamFrame,
  encodeStreamFrame,
  inChunks,
  STREAM_CHUNK,
  STREAM_LIMIT,
  type StreamFrame,
} from '../../../protocol/stream.js';

const frames: StreamFrame[] = [
  { type: 'input', bytes: Uint8Array.of(1, 2, 3) },
  { type: 'input', bytes: new Uint8Array(0) },
  { type: 'output', bytes: new Uint8Array(STREAM_CHUNK).fill(7) },
  { type: 'error', bytes: Uint8Array.of(255) },
  { type: 'resize', rows: 65_535, columns: 258 },
  { type: 'signal', signal: 15 },
  { type: 'taken', count: 4_000_000_000 },
  { type: 'exit', code: 255, signal: 0 },
  { type: 'exit', code: 0, signal: 9 },
];

describe('protocol/stream', () => {
  for (const frame of frames) {
    it(`${frame.type} arrives as it was sent`, () => {
      const [body] = new FrameDecoder(STREAM_LIMIT).push(encodeStreamFrame(frame));
      assert.deepEqual(decodeStreamFrame(body!), frame);
    });
  }

  const wrong: [what: string, body: number[], says: RegExp][] = [
    ['nothing', [], /no frame of kind -1/],
    ['a kind that there is not', [7, 1], /no frame of kind 7/],
    ['a short size', [3, 1, 2, 3], /kind 3 has 4 bytes instead of 5/],
    ['a long exit', [6, 0, 0, 0], /kind 6 has 4 bytes instead of 3/],
    ['signal 0', [4, 0], /there is no signal 0/],
    ['signal 65', [4, 65], /there is no signal 65/],
    ['half a count', [5, 1, 0], /kind 5 has 3 bytes instead of 5/],
  ];
  for (const [what, body, says] of wrong) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => decodeStreamFrame(Uint8Array.from(body)),
        (error) => {
          assert.ok(error instanceof ProtocolError);
          assert.match(error.message, says);
          return true;
        },
      );
    });
  }

  it('does not send what nobody would take', () => {
    const bytes = new Uint8Array(STREAM_CHUNK + 1);
    assert.throws(() => encodeStreamFrame({ type: 'output', bytes }), ProtocolError);
    assert.deepEqual(
      [...inChunks(bytes)].map(({ length }) => length),
      [STREAM_CHUNK, 1],
    );
  });
});
