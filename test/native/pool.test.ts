/** The slow pool: every operation and its reply, cancelling, limits, the end of a lane. */
import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, readFileSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { os, SlowOp } from '../../native/index.js';
import { Errno } from '../../protocol/errno.js';
import * as L from '../../protocol/linux.js';
import { until } from '../support/until.js';
import { directory, fails, OUT, succeeds, u64 } from './support/fixture.js';
import { type Lane, laneAndPeer, patterned, readReply } from './support/lanes.js';
import { inAnotherThread } from './support/process.js';
import { attachTable } from './support/table.js';

describe('native: the slow pool', () => {
  const place = directory();
  let lane: Lane;
  let peer: number;
  let unique = 0n;

  before(() => attachTable());
  beforeEach(() => {
    ({ lane, peer } = laneAndPeer());
    writeFileSync(`${place.path}/file`, patterned(100_000));
  });
  afterEach(() => {
    lane.close();
    closeSync(peer);
  });

  /** Puts the file into the slot, pinned once, and closing: the pool's unpin closes it. */
  function pinned(slot: number, flags = 'r+', path = `${place.path}/file`): number {
    const fd = openSync(path, flags);
    succeeds(os.slotOpen(slot, 1, fd, 0));
    succeeds(os.slotPin(slot, 1));
    assert.equal(os.slotClose(slot, 1), 0);
    return fd;
  }
  const gone = (fd: number) => !existsSync(`/proc/self/fd/${fd}`);
  const submit = (op: number, a: number, b: number, ...args: (number | bigint)[]) =>
    os.laneSubmit(lane.id, op, u64(++unique), a, b, u64(...[...args, 0, 0, 0].slice(0, 3)));

  /** Submits and returns the reply; pins and the operation itself are gone when it has come. */
  async function answer(op: number, a: number, b: number, ...args: (number | bigint)[]) {
    assert.equal(submit(op, a, b, ...args), 0);
    const reply = readReply(peer);
    assert.equal(reply.unique, unique);
    await until(() => os.lanePending(lane.id) === 0, 'the operation is over');
    return reply;
  }

  for (const name of ['FSYNC', 'FDATASYNC', 'SYNCFS'] as const) {
    it(`${name} answers with an empty reply and unpins`, async () => {
      const fd = pinned(0);
      const reply = await answer(SlowOp[name], 0, -1);
      assert.deepEqual([reply.error, reply.body.length], [0, 0]);
      assert.ok(gone(fd));
    });
  }

  it('FALLOCATE allocates, punches and refuses', async () => {
    pinned(0);
    assert.equal((await answer(SlowOp.FALLOCATE, 0, -1, 0, 1 << 20, 0)).error, 0);
    assert.equal(statSync(`${place.path}/file`).size, 1 << 20);
    pinned(0);
    const mode = L.FALLOC_FL_PUNCH_HOLE | L.FALLOC_FL_KEEP_SIZE;
    assert.equal((await answer(SlowOp.FALLOCATE, 0, -1, 0, 4096, mode)).error, 0);
    assert.ok(readFileSync(`${place.path}/file`).subarray(0, 4096).equals(Buffer.alloc(4096)));
    pinned(0, 'r');
    assert.equal((await answer(SlowOp.FALLOCATE, 0, -1, 0, 4096, 0)).error, -Errno.EBADF);
    pinned(0);
    assert.equal((await answer(SlowOp.FALLOCATE, 0, -1, 0, 1n << 63n, 0)).error, -Errno.EFBIG);
  });

  it('COPY_RANGE copies between slots and tells how much', async () => {
    writeFileSync(`${place.path}/copy`, '');
    const from = pinned(0, 'r');
    const to = pinned(1, 'r+', `${place.path}/copy`);
    const reply = await answer(SlowOp.COPY_RANGE, 0, 1, 1000, 10, 50_000);
    assert.deepEqual([reply.error, reply.body.length, reply.body.readUInt32LE(0)], [0, 8, 50_000]);
    const copied = readFileSync(`${place.path}/copy`).subarray(10);
    assert.ok(copied.equals(patterned(100_000).subarray(1000, 51_000)));
    assert.ok(gone(from) && gone(to));
    pinned(0, 'r');
    pinned(1, 'r', `${place.path}/copy`);
    assert.equal((await answer(SlowOp.COPY_RANGE, 0, 1, 0, 0, 10)).error, -Errno.EBADF);
  });

  it('READ answers with the bytes', async () => {
    pinned(0, 'r');
    const reply = await answer(SlowOp.READ, 0, -1, 99_000, 5000);
    assert.ok(reply.body.equals(patterned(100_000).subarray(99_000)));
    pinned(0, 'r');
    assert.equal((await answer(SlowOp.READ, 0, -1, 0, 1 << 30)).error, -Errno.EINVAL);
    pinned(0, 'r', place.path);
    assert.equal((await answer(SlowOp.READ, 0, -1, 0, 10)).error, -Errno.EISDIR);
  });

  it('FSYNC_FD and SYNCFS_FD close their descriptors, STATFS_FD does not', async () => {
    for (const op of [SlowOp.FSYNC_FD, SlowOp.SYNCFS_FD]) {
      const fd = openSync(`${place.path}/file`, 'r+');
      assert.equal((await answer(op, fd, -1)).error, 0);
      assert.ok(gone(fd));
    }
    const reply = await answer(SlowOp.STATFS_FD, place.fd, -1);
    assert.equal(reply.body.length, 80);
    assert.equal(reply.body.readBigUInt64LE(0), statfsSync(place.path, { bigint: true }).blocks);
    assert.equal((await answer(SlowOp.STATFS_FD, 9999, -1)).error, -Errno.EBADF);
  });

  it('many operations are each answered once', async () => {
    const fds: number[] = [];
    for (let slot = 0; slot < 60; slot++) {
      fds.push(pinned(slot));
      assert.equal(submit(SlowOp.FDATASYNC, slot, -1), 0);
    }
    const seen = new Set(fds.map(() => readReply(peer).unique));
    assert.equal(seen.size, 60);
    await until(() => os.lanePending(lane.id) === 0, 'all are over');
    assert.ok(fds.every(gone));
  });

  it('refuses what it does not know, and leaves pins and descriptors alone', () => {
    fails(submit(0, 0, -1), 'EINVAL');
    fails(submit(99, 0, -1), 'EINVAL');
    fails(submit(SlowOp.FSYNC, 3, -1), 'EBADF');
    fails(submit(SlowOp.FSYNC, -1, -1), 'EBADF');
    fails(submit(SlowOp.FSYNC_FD, -1, -1), 'EBADF');
    const fd = pinned(0);
    fails(submit(SlowOp.COPY_RANGE, 0, 9), 'EBADF');
    assert.ok(!gone(fd));
    assert.equal(os.slotUnpin(0), 0);
    assert.ok(gone(fd));
  });

  describe('with a peer that does not read', () => {
    /** Keeps so much that the pool leaves the lane's operations in the queue. */
    function congest(): number {
      os.wakerSignal(lane.waker);
      let sent = 1;
      while (os.laneSend(lane.id, OUT, 1 << 20) === 0) sent++;
      os.wakerDrain(lane.waker);
      return sent;
    }

    it('operations wait in the queue, and other lanes go on', () => {
      congest();
      pinned(0);
      assert.equal(submit(SlowOp.FSYNC, 0, -1), 0);
      assert.equal(os.lanePending(lane.id), 1);
      const other = laneAndPeer();
      pinned(1);
      assert.equal(os.laneSubmit(other.lane.id, SlowOp.FSYNC, u64(5), 1, -1, u64(0, 0, 0)), 0);
      assert.equal(readReply(other.peer).unique, 5n);
      assert.equal(os.lanePending(lane.id), 1);
      other.lane.close();
      closeSync(other.peer);
    });

    it('a waiting operation can be cancelled: EINTR, unpinned, once', () => {
      congest();
      const first = pinned(0);
      const second = pinned(1);
      submit(SlowOp.FSYNC, 0, -1);
      const mine = unique;
      submit(SlowOp.FSYNC, 1, -1);
      assert.equal(os.laneCancel(lane.id, u64(mine)), 1);
      assert.ok(gone(first) && !gone(second));
      assert.equal(os.laneCancel(lane.id, u64(mine)), 0);
      assert.equal(os.lanePending(lane.id), 1);
    });

    it('takes 1024 operations of a lane and not one more', () => {
      congest();
      const fd = openSync(`${place.path}/file`, 'r');
      succeeds(os.slotOpen(2, 1, fd, 0));
      for (let count = 0; count < 1024; count++) {
        succeeds(os.slotPin(2, 1));
        assert.equal(submit(SlowOp.FSYNC, 2, -1), 0);
      }
      succeeds(os.slotPin(2, 1));
      fails(submit(SlowOp.FSYNC, 2, -1), 'EAGAIN');
      assert.equal(os.slotUnpin(2), 0);
      const owned = openSync(`${place.path}/file`, 'r');
      fails(submit(SlowOp.FSYNC_FD, owned, -1), 'EAGAIN');
      assert.ok(!gone(owned));
      closeSync(owned);
      assert.equal(os.lanePending(lane.id), 1024);
      assert.equal(os.slotClose(2, 1), 0);
      os.laneShutdown(lane.id);
      succeeds(os.laneClose(lane.id));
      assert.ok(gone(fd));
      ({ lane } = laneAndPeer());
    });

    it('goes on when the peer reads again', async () => {
      const kept = congest();
      pinned(0);
      submit(SlowOp.FSYNC, 0, -1);
      const { worker } = await inAnotherThread('lane-drain.js', { fd: peer, length: kept * (1 << 20) + 16 });
      assert.equal(os.laneExchange(lane.id, 0, 0, OUT, 1, 0), 1);
      await until(() => os.lanePending(lane.id) === 0, 'the operation is over');
      await worker.terminate();
    });

    it('closing drops waiting operations and closes their descriptors', () => {
      congest();
      const fd = pinned(0);
      const owned = openSync(`${place.path}/file`, 'r');
      submit(SlowOp.FSYNC, 0, -1);
      submit(SlowOp.FSYNC_FD, owned, -1);
      assert.equal(os.laneClose(lane.id), 0);
      assert.ok(gone(fd) && gone(owned));
      ({ lane } = laneAndPeer());
    });
  });

  it('a lane that was shut down swallows the replies', async () => {
    const fd = pinned(0);
    os.laneShutdown(lane.id);
    assert.equal(submit(SlowOp.FSYNC, 0, -1), 0);
    await until(() => os.lanePending(lane.id) === 0, 'the operation is over');
    assert.ok(gone(fd));
    assert.equal(os.laneExchange(lane.id, 0, 0, OUT, 1, 0), 0);
  });
});
