/** The calls of the vsock device, wrongly used: an errno each time, never more. What they do well is in test/vm/vsock. */

import assert from 'node:assert/strict';
import { closeSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { os, SLEPT, WATCH } from '../../native/index.js';
import { arena, fails, OUT, raw, succeeds, text, u64 } from './support/fixture.js';

const END = arena.byteLength;

describe('native: the vsock device', () => {
  let directory: string;
  let waker: number;
  let device: number;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'osmofs-native-vsock-'));
    waker = succeeds(os.wakerCreate());
    device = succeeds(os.vsockCreate(waker));
  });
  afterEach(() => {
    os.vsockDestroy(device);
    os.close(waker);
    rmSync(directory, { recursive: true });
  });

  it('a device that is none, or no more, is EBADF', () => {
    succeeds(os.vsockDestroy(device));
    fails(os.vsockDestroy(device), 'EBADF');
    fails(os.vsockWait(device, OUT, 1, 3, 0, 0), 'EBADF');
    fails(os.vsockNext(device, OUT), 'EBADF');
    fails(os.vsockPut(device, OUT), 'EBADF');
    fails(os.vsockFill(device, 0, OUT, 1), 'EBADF');
    fails(os.vhostRingStop(device, 0, 1), 'EBADF');
    fails(os.vsockCreate(1_000_000), 'EBADF');
  });

  it('places outside the arena are EFAULT', () => {
    fails(os.vsockWait(device, END - 8, 2, 3, 0, 0), 'EFAULT');
    fails(os.vsockNext(device, END - 43), 'EFAULT');
    fails(os.vsockPut(device, END - 43), 'EFAULT');
    fails(os.vsockFill(device, 0, END - 43, 1), 'EFAULT');
    fails(os.vhostMemory(device, END - 31, 1, OUT), 'EFAULT');
    fails(os.vhostRingStart(device, 0, END - 31, 0, 0), 'EFAULT');
    fails(os.vhostReceive(0, OUT, 100, END - 35), 'EFAULT');
  });

  it('without memory and rings there is nothing to read or write', () => {
    fails(os.vsockNext(device, OUT), 'EAGAIN');
    fails(os.vsockPut(device, OUT), 'EAGAIN');
    fails(os.vsockFill(device, 0, OUT, 1), 'ENOBUFS');
    fails(os.vsockFill(device, 0, OUT, 0), 'EINVAL');
    fails(os.vsockDeliver(device, 0, 1), 'EINVAL');
    fails(os.vhostRingStart(device, 0, raw(Buffer.alloc(32)), 1, 1), 'EINVAL');
    fails(os.vhostRingStart(device, 2, raw(Buffer.alloc(32)), 1, 1), 'EINVAL');
    fails(os.vhostRingStart(device, 0, u64(0, 4096, 8192, 64), 1, 1), 'EFAULT');
    fails(os.vhostMemory(device, OUT, 9, OUT), 'EINVAL');
    assert.equal(os.vhostMemoryRelease(device), 0);
    assert.equal(os.vhostBroken(device, OUT, 100), 0);
  });

  it('a waker wakes a wait, a time ends it; it says when it has slept, and has not where it found something', () => {
    assert.equal(os.vsockWait(device, OUT, 1, 3, 0, 1), SLEPT);
    assert.equal(os.vsockWait(device, OUT, 1, 3, 0, 0), 0);
    const listener = succeeds(os.vsockListen(text(join(directory, 'socket')), 1));
    assert.equal(os.vsockWatch(device, listener, WATCH.IN), 0);
    const dialled = succeeds(os.vsockDial(text(join(directory, 'socket'))));
    assert.equal(os.vsockWait(device, OUT, 1, 3, 0, -1), 1);
    for (const fd of [listener, dialled]) closeSync(fd);
    os.wakerSignal(waker);
    assert.ok(os.vsockWait(device, OUT, 1, 3, 0, -1) < -4095);
  });

  it("a listening socket is its owner's alone, and takes no name twice", () => {
    const path = join(directory, 'socket');
    const listener = succeeds(os.vsockListen(text(path), 1));
    fails(os.vsockListen(text(path), 1), 'EADDRINUSE');
    fails(os.vsockListen(text(`/${'x'.repeat(200)}`), 1), 'ENAMETOOLONG');
    fails(os.vsockAccept(listener), 'EAGAIN');
    assert.ok(existsSync(path));
    const dialled = succeeds(os.vsockDial(text(path)));
    const accepted = succeeds(os.vsockAccept(listener));
    fails(os.vsockRead(accepted, OUT, 10), 'EAGAIN');
    assert.equal(os.vsockWatch(device, accepted, WATCH.IN | WATCH.EDGE), 0);
    assert.equal(os.vsockWatch(device, accepted, 0), 0);
    for (const fd of [listener, dialled, accepted]) closeSync(fd);
    fails(os.vsockDial(text(path)), 'ECONNREFUSED');
  });
});
