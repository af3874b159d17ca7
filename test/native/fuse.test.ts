/** The guest's calls on a real mount that the test answers: agentWait, fuseWrite, pumps. */
import assert from 'node:assert/strict';
import { closeSync, promises, writeSync } from 'node:fs';
import { BAD_FRAME, os, SlowOp, WOKEN } from '../../native/index.js';
import { Errno } from '../../protocol/errno.js';
import { FOPEN_NOFLUSH } from '../../protocol/fuse/flags.js';
import { Opcode } from '../../protocol/fuse/opcodes.js';
import { MNT_DETACH, S_IFDIR, S_IFREG } from '../../protocol/linux.js';
import { until } from '../support/until.js';
import { bytes, fails, OUT, raw, succeeds, text, u64, view } from './support/fixture.js';
import { laneAndPeer, readAll } from './support/lanes.js';
import { attachTable } from './support/table.js';
import { LANE_AT, mountOrSkip, TinyFuse } from './support/tiny-fuse.js';

describe('native: a FUSE mount', () => {
  let fuse: TinyFuse;

  before(function () {
    mountOrSkip(this);
  });
  beforeEach(() => {
    fuse = new TinyFuse();
  });
  afterEach(() => fuse?.close());

  /** Asks for the attributes of the root from the libuv pool; the request arrives here. */
  function stat() {
    const done = promises.stat(fuse.path).then(
      (found) => found.mode,
      (error) => error.code as string,
    );
    const request = fuse.request();
    assert.equal(request.opcode, Opcode.GETATTR);
    return { done, request };
  }
  const rootAttributes = () => TinyFuse.attributes(1, 'attr', S_IFDIR | 0o751);

  it('a request is read, answered, and its caller gets the answer', async () => {
    const { done, request } = stat();
    assert.equal(request.nodeid, 1n);
    assert.equal(fuse.reply(request.unique, 0, rootAttributes()), 0);
    assert.equal(await done, S_IFDIR | 0o751);
    const second = stat();
    assert.equal(fuse.reply(second.request.unique, -Errno.EACCES), 0);
    assert.equal(await second.done, 'EACCES');
  });

  it('a reply nobody waits for is ENOENT, a broken one EINVAL', () => {
    fails(fuse.reply(999n, 0), 'ENOENT');
    fails(os.fuseWrite(fuse.fd, raw(Buffer.alloc(16)), 15), 'EINVAL');
    fails(os.fuseWrite(-1, OUT, 16), 'EBADF');
  });

  it('agentWait serves both sides, each only if asked', async () => {
    const result = u64(0);
    const wait = (fuseCap: number, laneCap: number) => {
      const code = os.agentWait(fuse.fd, fuse.lane.id, 0, 0, OUT, fuseCap, LANE_AT, laneCap, result, 50, -1);
      return [code, view.getInt32(result, true), view.getInt32(result + 4, true)];
    };
    writeSync(fuse.peer, 'hello');
    assert.deepEqual(wait(1 << 21, 3), [0, 0, 3]);
    assert.deepEqual(wait(1 << 21, 100), [0, 0, 2]);
    assert.equal(bytes.toString('latin1', LANE_AT, LANE_AT + 2), 'lo');
    const done = promises.stat(fuse.path);
    writeSync(fuse.peer, 'more');
    assert.deepEqual(wait(0, 100), [0, 0, 4]);
    const [code, length, lane] = wait(1 << 21, 0);
    assert.deepEqual([code, lane], [0, 0]);
    fuse.reply(fuse.parse(length).unique, 0, rootAttributes());
    await done;
    os.wakerSignal(fuse.lane.waker);
    assert.deepEqual(wait(1 << 21, 100), [WOKEN, 0, 0]);
    os.wakerDrain(fuse.lane.waker);
  });

  it('agentWait tells the end of the lane, and sleeps through it when not asked', async () => {
    const result = u64(0);
    os.laneShutdown(fuse.lane.id);
    assert.equal(os.agentWait(fuse.fd, fuse.lane.id, 0, 0, OUT, 1 << 21, LANE_AT, 100, result, 0, -1), 0);
    assert.deepEqual([view.getInt32(result, true), view.getInt32(result + 4, true)], [0, -Errno.ECONNRESET]);
    const { done, request } = stat();
    fuse.reply(request.unique, 0, rootAttributes());
    await done;
  });

  it('agentWait ends after the time it was given, if nothing comes', () => {
    const result = u64(1, 1);
    for (const spin of [0, 100])
      assert.equal(os.agentWait(fuse.fd, fuse.lane.id, 0, 0, OUT, 1 << 21, LANE_AT, 100, result, spin, 1), 0);
    assert.deepEqual(
      [0, 4, 8].map((at) => view.getInt32(result + at, true)),
      [0, 0, 0],
    );
  });

  it('agentWait tells that the mount is gone', () => {
    const result = u64(0);
    succeeds(os.unmount(text(fuse.path), MNT_DETACH));
    assert.equal(os.agentWait(fuse.fd, fuse.lane.id, 0, 0, OUT, 1 << 21, LANE_AT, 100, result, 0, -1), 0);
    assert.deepEqual([view.getInt32(result, true), view.getInt32(result + 4, true)], [-Errno.ENODEV, 0]);
    assert.ok(fuse.reply(1n, 0) < 0);
  });

  it('agentWait takes no requests while a whole message is kept for the lane', async () => {
    os.wakerSignal(fuse.lane.waker);
    for (let sent = 0; sent < 8; sent++) assert.equal(os.laneSend(fuse.lane.id, OUT, 1 << 20), 0);
    const done = promises.stat(fuse.path);
    const result = u64(0);
    assert.equal(os.agentWait(fuse.fd, fuse.lane.id, 0, 0, OUT, 1 << 21, LANE_AT, 100, result, 1000, -1), WOKEN);
    os.wakerDrain(fuse.lane.waker);
    // As the peer reads, the rest leaves; when less than a message is kept, the request comes.
    let length = 0;
    for (let read = 0; length === 0 && read < 70; read++) {
      readAll(fuse.peer, 100_000);
      writeSync(fuse.peer, '.');
      assert.equal(os.agentWait(fuse.fd, fuse.lane.id, 0, 0, OUT, 1 << 21, LANE_AT, 1, result, 0, -1), 0);
      length = view.getInt32(result, true);
      assert.ok(length === 0 || read > 30, `came after ${read} reads`);
    }
    const { unique } = length > 0 ? fuse.parse(length) : fuse.request();
    fuse.reply(unique, 0, rootAttributes());
    await done;
  });

  describe('pump', () => {
    let pump: number;
    let waker: number;

    beforeEach(() => {
      waker = succeeds(os.wakerCreate());
      pump = succeeds(os.pumpStart(fuse.lane.id, fuse.fd, waker));
    });
    afterEach(() => {
      os.pumpStop(pump);
      os.close(waker);
    });

    /** Requests for the next calls go through another lane's agentWait: this lane is the pump's. */
    function statPumped() {
      const own = laneAndPeer();
      const done = promises.stat(fuse.path).then((found) => found.mode);
      const result = u64(0);
      succeeds(os.agentWait(fuse.fd, own.lane.id, 0, 0, OUT, 1 << 21, 0, 0, result, 0, -1));
      own.lane.close();
      closeSync(own.peer);
      return { done, request: fuse.parse(view.getInt32(result, true)) };
    }

    it('carries replies into the kernel, whole, however they are cut', async () => {
      for (const cut of [1, 7, 16, 20, 1000]) {
        const { done, request } = statPumped();
        const message = TinyFuse.message(request.unique, 0, rootAttributes());
        for (let at = 0; at < message.length; at += cut) {
          writeSync(fuse.peer, message.subarray(at, Math.min(at + cut, message.length)));
        }
        assert.equal(await done, S_IFDIR | 0o751);
      }
      assert.equal(os.pumpStatus(pump), 0);
    });

    it('replies to requests that are gone are nothing to it', async () => {
      writeSync(fuse.peer, Buffer.concat([TinyFuse.message(77n, 0), TinyFuse.message(78n, -5)]));
      const { done, request } = statPumped();
      writeSync(fuse.peer, TinyFuse.message(request.unique, 0, rootAttributes()));
      await done;
      assert.equal(os.pumpStatus(pump), 0);
    });

    it('sends what the lane keeps while it runs', async () => {
      for (let sent = 0; sent < 6; sent++) assert.equal(os.laneSend(fuse.lane.id, OUT, 1 << 20), 0);
      readAll(fuse.peer, 6 << 20);
    });

    const ends: [string, () => void, number][] = [
      ['the end of the stream', () => fuse.hangUp(), -Errno.ECONNRESET],
      ['a length below the header', () => writeSync(fuse.peer, Buffer.alloc(16)), BAD_FRAME],
      ['a length above the limit', () => writeSync(fuse.peer, Buffer.alloc(16, 0x7f)), BAD_FRAME],
      ['a notification', () => writeSync(fuse.peer, TinyFuse.message(0n, 1)), BAD_FRAME],
    ];
    for (const [what, act, status] of ends) {
      it(`ends at ${what}, and says so`, async () => {
        act();
        await until(() => os.wakerDrain(waker) === 1, 'the waker');
        assert.equal(os.pumpStatus(pump), status);
        assert.equal(os.pumpStop(pump), 0);
        fails(os.pumpStatus(pump), 'EBADF');
        fails(os.pumpStop(pump), 'EBADF');
      });
    }

    const OWN = 1n << 63n;
    /** Result, and how many of the agent's own requests were answered. */
    const settle = (count: number, milliseconds: number) => {
      const at = u64(0);
      return [os.pumpSettle(pump, count, milliseconds, at), view.getUint32(at, true)];
    };
    const LONG = 60_000;

    it('keeps the replies to requests of our own, and tells who failed, in order', async () => {
      assert.deepEqual(settle(0, LONG), [0, 0]);
      assert.deepEqual(settle(1, 0), [0, 0], 'nothing came in no time');
      const replies = [5n, 6n, 7n].map((n) => TinyFuse.message(OWN | n, n === 6n ? 0 : -Errno.ENOSPC));
      writeSync(fuse.peer, Buffer.concat(replies));
      assert.deepEqual(settle(3, LONG), [0, 3]);
      const told = u64(0, 0);
      for (const unique of [5n, 7n]) {
        assert.equal(os.pumpFailure(pump, told), 1);
        assert.equal(view.getBigUint64(told, true), OWN | unique);
        assert.equal(view.getInt32(told + 8, true), -Errno.ENOSPC);
      }
      assert.equal(os.pumpFailure(pump, told), 0);
      const { done, request } = statPumped();
      writeSync(fuse.peer, TinyFuse.message(request.unique, 0, rootAttributes()));
      await done;
    });

    it('lets nobody wait for what cannot come any more', () => {
      fuse.hangUp();
      assert.deepEqual(settle(1, LONG), [-Errno.ECONNRESET, 0]);
    });

    it('stopping a running one does not wake', () => {
      assert.equal(os.pumpStop(pump), 0);
      assert.equal(os.wakerDrain(waker), 0);
    });
  });

  it('an operation that hangs on a mount can be waited for, not the thread that waits', async () => {
    attachTable();
    const opened = promises.open(`${fuse.path}/file`, 'r+');
    const answer = (opcode: number, body: Buffer) => {
      const request = fuse.request();
      assert.equal(request.opcode, opcode);
      fuse.reply(request.unique, 0, body);
    };
    answer(Opcode.LOOKUP, TinyFuse.attributes(2, 'entry', S_IFREG | 0o644));
    // Without FLUSH, so that closing it here asks nothing of the one thread that could answer.
    const open = Buffer.alloc(16);
    open.writeUInt32LE(FOPEN_NOFLUSH, 8);
    answer(Opcode.OPEN, open);
    const handle = await opened;

    const { lane, peer } = laneAndPeer();
    succeeds(os.slotOpen(30, 1, succeeds(os.duplicate(handle.fd)), 0));
    succeeds(os.slotPin(30, 1));
    assert.equal(os.laneSubmit(lane.id, SlowOp.FSYNC, u64(9), 30, -1, u64(0, 0, 0)), 0);
    const fsync = fuse.request();
    assert.equal(fsync.opcode, Opcode.FSYNC);
    assert.equal(os.lanePending(lane.id), 1);
    assert.equal(os.laneCancel(lane.id, u64(9)), 0, 'a running operation cannot be cancelled');
    os.wakerSignal(lane.waker);
    assert.equal(os.laneClose(lane.id), WOKEN);
    os.wakerDrain(lane.waker);
    fuse.reply(fsync.unique, 0);
    assert.equal(os.laneClose(lane.id), 0);
    closeSync(peer);
    os.close(lane.waker);
    await handle.close();
    assert.equal(os.slotClose(30, 1), 1);
  });

  it('mount and unmount say what is wrong', () => {
    fails(os.mount(text('x'), text('/var/tmp'), text('fuse.x'), 0, text('fd=-1')), 'EINVAL');
    fails(os.mount(text('x'), text('/var/tmp/none'), text('fuse.x'), 0, text('fd=0')), 'ENOENT');
    fails(os.unmount(text('/var/tmp'), 0), 'EINVAL');
    fails(os.unmount(text('/var/tmp/none'), 0), 'ENOENT');
  });
});
