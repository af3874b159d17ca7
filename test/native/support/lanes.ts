/** Lanes of the tests: both ends in one thread, so that everything can be done step by step. */
import { readSync } from 'node:fs';
import { os } from '../../../native/index.js';
import { bytes, OUT, raw, socketPair, succeeds, view } from './fixture.js';

export const LIMIT = (1 << 20) + 4096;

export interface Lane {
  id: number;
  waker: number;
  /** Receives what is there into OUT and returns a copy of it; waits for at least one byte. */
  receive(): Buffer;
  send(message: Buffer): number;
  close(): void;
}

/** Takes the descriptor over. */
export function lane(fd: number, limit = LIMIT): Lane {
  const waker = succeeds(os.wakerCreate());
  const id = succeeds(os.laneCreate(fd, waker, limit));
  return {
    id,
    waker,
    receive() {
      const got = succeeds(os.laneExchange(id, 0, 0, OUT, 2 << 20, 0), 'laneExchange');
      return Buffer.from(bytes.subarray(OUT, OUT + got));
    },
    send: (message) => os.laneSend(id, raw(message), message.length),
    close() {
      os.wakerDrain(waker);
      succeeds(os.laneClose(id), 'laneClose');
      os.close(waker);
    },
  };
}

/** A lane, and the other end as a plain blocking descriptor. */
export function laneAndPeer(limit?: number): { lane: Lane; peer: number } {
  const [one, peer] = socketPair();
  return { lane: lane(one, limit), peer };
}

/** Exactly `length` bytes from a blocking descriptor. */
export function readAll(fd: number, length: number): Buffer {
  const out = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const got = readSync(fd, out, at, length - at, null);
    if (got === 0) throw new Error(`end of stream after ${at} of ${length} bytes`);
    at += got;
  }
  return out;
}

export interface Reply {
  error: number;
  unique: bigint;
  body: Buffer;
}

/** The next FUSE reply from a blocking descriptor. */
export function readReply(fd: number): Reply {
  const header = readAll(fd, 16);
  return {
    error: header.readInt32LE(4),
    unique: header.readBigUInt64LE(8),
    body: readAll(fd, header.readUInt32LE(0) - 16),
  };
}

/** Fills the arena from `at` with bytes that tell their position. */
export function pattern(at: number, length: number, seed = 0): void {
  for (let index = 0; index < length; index++) bytes[at + index] = (index * 31 + (index >> 8) + seed) & 0xff;
}

export function patterned(length: number, seed = 0): Buffer {
  const out = Buffer.alloc(length);
  for (let index = 0; index < length; index++) out[index] = (index * 31 + (index >> 8) + seed) & 0xff;
  return out;
}

export const s32 = (at: number) => view.getInt32(at, true);
