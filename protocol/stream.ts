/**
 * What travels on a STREAM between a running program and the one who has started it: frames of frame.ts, the first byte of
 * each tells what it is. Both sides check what they get; the daemon between them passes it on unseen.
 */
import { readU32, writeU32 } from './bytes.js';
import { ProtocolError } from './error.js';
import { encodeFrame } from './frame.js';

/** Most bytes of the program's input or output in one frame. */
export const STREAM_CHUNK = 64 * 1024;
/** Largest frame, without its length. */
export const STREAM_LIMIT = STREAM_CHUNK + 1;
/**
 * Input that may be under way before the program's side has said that it was taken, bytes: a program that does not read
 * must not keep a signal behind it from arriving.
 */
export const INPUT_WINDOW = 256 * 1024;

/** First byte of each frame. */
const Kind = { INPUT: 0, OUTPUT: 1, ERROR: 2, RESIZE: 3, SIGNAL: 4, TAKEN: 5, EXIT: 6 } as const;

export type StreamFrame =
  /** to the program; no bytes: its end */
  | { readonly type: 'input'; readonly bytes: Uint8Array }
  | { readonly type: 'output'; readonly bytes: Uint8Array }
  | { readonly type: 'error'; readonly bytes: Uint8Array }
  /** of the terminal, to the program */
  | { readonly type: 'resize'; readonly rows: number; readonly columns: number }
  /** to the program and its group; Linux's number */
  | { readonly type: 'signal'; readonly signal: number }
  /** so many bytes of input have been taken since the last one */
  | { readonly type: 'taken'; readonly count: number }
  /** last frame: how it ended; signal 0: by itself */
  | { readonly type: 'exit'; readonly code: number; readonly signal: number };

/** The frame with its length in front. */
export function encodeStreamFrame(frame: StreamFrame): Uint8Array {
  return encodeFrame(body(frame), STREAM_LIMIT);
}

function body(frame: StreamFrame): Uint8Array {
  switch (frame.type) {
    case 'input':
      return withBytes(Kind.INPUT, frame.bytes);
    case 'output':
      return withBytes(Kind.OUTPUT, frame.bytes);
    case 'error':
      return withBytes(Kind.ERROR, frame.bytes);
    case 'resize':
      return Uint8Array.of(Kind.RESIZE, frame.rows & 255, frame.rows >> 8, frame.columns & 255, frame.columns >> 8);
    case 'signal':
      return Uint8Array.of(Kind.SIGNAL, frame.signal);
    case 'taken': {
      const bytes = Uint8Array.of(Kind.TAKEN, 0, 0, 0, 0);
      writeU32(bytes, 1, frame.count);
      return bytes;
    }
    case 'exit':
      return Uint8Array.of(Kind.EXIT, frame.code, frame.signal);
  }
}

function withBytes(kind: number, bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(1 + bytes.length);
  out[0] = kind;
  out.set(bytes, 1);
  return out;
}

/** @param body a frame without its length; the bytes of the result are a view of it. @throws ProtocolError */
export function decodeStreamFrame(body: Uint8Array): StreamFrame {
  const [kind = -1, first = 0, second = 0] = body;
  const bytes = body.subarray(1);
  switch (kind) {
    case Kind.INPUT:
      return { type: 'input', bytes };
    case Kind.OUTPUT:
      return { type: 'output', bytes };
    case Kind.ERROR:
      return { type: 'error', bytes };
    case Kind.RESIZE:
      expect(body, 5);
      return { type: 'resize', rows: first | (second << 8), columns: body[3]! | (body[4]! << 8) };
    case Kind.SIGNAL:
      expect(body, 2);
      if (first < 1 || first > 64) throw new ProtocolError(`there is no signal ${first}`);
      return { type: 'signal', signal: first };
    case Kind.TAKEN:
      expect(body, 5);
      return { type: 'taken', count: readU32(body, 1) };
    case Kind.EXIT:
      expect(body, 3);
      return { type: 'exit', code: first, signal: second };
    default:
      throw new ProtocolError(`a stream has no frame of kind ${kind}`);
  }
}

function expect(body: Uint8Array, length: number): void {
  if (body.length !== length) {
    throw new ProtocolError(`a frame of kind ${body[0]} has ${body.length} bytes instead of ${length}`);
  }
}

/** `bytes` in pieces that fit a frame. */
export function* inChunks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += STREAM_CHUNK) yield bytes.subarray(at, at + STREAM_CHUNK);
}
