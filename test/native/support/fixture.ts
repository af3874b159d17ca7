/** What the tests of the seam share: the arena of the thread, texts and numbers in it, temporary directories. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { check, os } from '../../../native/index.js';
import { type Errno, errnoName } from '../../../protocol/errno.js';

const MiB = 1 << 20;

export const arena = os.createArena(16 * MiB);
os.attachArena(arena);
export const bytes = Buffer.from(arena);
export const view = new DataView(arena);

/** Where results go: everything from here to the end of the arena. */
export const OUT = MiB;

let next = 64;

function place(length: number): number {
  if (next + length > OUT) next = 64;
  const at = next;
  next += (length + 7) & ~7;
  return at;
}

/** NUL-terminated bytes at an offset of their own. */
export function text(value: string | Buffer): number {
  const content = typeof value === 'string' ? Buffer.from(value) : value;
  const at = place(content.length + 1);
  content.copy(bytes, at);
  bytes[at + content.length] = 0;
  return at;
}

/** Bytes without a NUL. */
export function raw(content: Buffer): number {
  const at = place(content.length);
  content.copy(bytes, at);
  return at;
}

/** Consecutive u64 values. */
export function u64(...values: (bigint | number)[]): number {
  const at = place(8 * values.length);
  values.forEach((value, index) => {
    view.setBigUint64(at + 8 * index, BigInt.asUintN(64, BigInt(value)), true);
  });
  return at;
}

/** Fails unless `result` is that -errno. */
export function fails(result: number, code: keyof typeof Errno): void {
  assert.equal(result < 0 ? errnoName(-result) : `success (${result})`, code);
}

/** Fails unless `result` is a success; returns it. */
export function succeeds(result: number, what = 'the call'): number {
  return check(result, what);
}

/** A directory on the disk for the tests of one suite (mocha hooks), as a path and as a root descriptor. */
export function directory(): { path: string; fd: number } {
  const made = { path: '', fd: -1 };
  before(() => {
    made.path = mkdtempSync('/var/tmp/osmofs-native-');
    made.fd = succeeds(os.openRoot(text(made.path)));
  });
  after(() => {
    os.close(made.fd);
    rmSync(made.path, { recursive: true, force: true });
  });
  return made;
}

/** Runs `use` with a descriptor that is closed afterwards. */
export function using<T>(fd: number, use: (fd: number) => T): T {
  succeeds(fd, 'open');
  try {
    return use(fd);
  } finally {
    os.close(fd);
  }
}

/** Two connected stream sockets. */
export function socketPair(): [number, number] {
  const at = place(8);
  succeeds(os.socketPair(at));
  return [view.getInt32(at, true), view.getInt32(at + 4, true)];
}
