/** Waiting for locks: granted, cancelled, both at once, and at the end of the lane. */
import assert from 'node:assert/strict';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { os, SlowOp } from '../../native/index.js';
import { Errno } from '../../protocol/errno.js';
import * as L from '../../protocol/linux.js';
import { until } from '../support/until.js';
import { directory, fails, OUT, succeeds, u64, view } from './support/fixture.js';
import { type Lane, laneAndPeer, readReply } from './support/lanes.js';
import { inAnotherProcess } from './support/process.js';
import { attachTable } from './support/table.js';

const TO_END = 0x7fffffffffffffffn;

describe('native: waiting for locks', () => {
  const place = directory();
  let lane: Lane;
  let peer: number;
  let holder: number;
  let waiter: number;
  let unique = 0n;

  const lock = (type: number, start = 0, end: number | bigint = TO_END) => {
    const at = u64(start, end, 0);
    view.setUint32(at + 16, type, true);
    return at;
  };
  const wait = (fd: number, record: number) => os.laneSubmit(lane.id, SlowOp.LOCK_WAIT, u64(++unique), fd, -1, record);
  const cancel = (which: bigint) => os.laneCancel(lane.id, u64(which));

  before(() => attachTable());
  beforeEach(() => {
    ({ lane, peer } = laneAndPeer());
    writeFileSync(`${place.path}/file`, '');
    holder = openSync(`${place.path}/file`, 'r+');
    waiter = openSync(`${place.path}/file`, 'r+');
  });
  afterEach(() => {
    lane.close();
    closeSync(peer);
    closeSync(holder);
    closeSync(waiter);
  });

  it('a free lock is granted at once', async () => {
    assert.equal(wait(waiter, lock(L.F_WRLCK)), 0);
    assert.deepEqual(readReply(peer), { error: 0, unique, body: Buffer.alloc(0) });
    fails(os.lockSet(holder, lock(L.F_WRLCK)), 'EAGAIN');
    await until(() => os.lanePending(lane.id) === 0, 'the wait is over');
  });

  it('a held lock is granted when it is released', () => {
    succeeds(os.lockSet(holder, lock(L.F_WRLCK, 5, 10)));
    assert.equal(wait(waiter, lock(L.F_RDLCK, 10, 20)), 0);
    assert.equal(os.lanePending(lane.id), 1);
    succeeds(os.lockSet(holder, lock(L.F_UNLCK, 5, 10)));
    assert.equal(readReply(peer).error, 0);
    fails(os.lockSet(holder, lock(L.F_WRLCK, 20, 20)), 'EAGAIN');
  });

  it('a lock that another process holds is granted when that ends', async () => {
    const child = await inAnotherProcess('lock-holder.js', `${place.path}/file`);
    assert.equal(wait(waiter, lock(L.F_WRLCK)), 0);
    assert.equal(os.lanePending(lane.id), 1);
    await child.end();
    assert.equal(readReply(peer).error, 0);
  });

  it('a cancelled wait is answered EINTR, once', async () => {
    succeeds(os.lockSet(holder, lock(L.F_WRLCK)));
    assert.equal(wait(waiter, lock(L.F_WRLCK)), 0);
    assert.equal(cancel(unique + 1n), 0);
    assert.equal(cancel(unique), 1);
    assert.deepEqual(readReply(peer), { error: -Errno.EINTR, unique, body: Buffer.alloc(0) });
    await until(() => os.lanePending(lane.id) === 0, 'the wait is over');
    assert.equal(cancel(unique), 0);
    // Nothing of it is left: the lock goes to the next one.
    succeeds(os.lockSet(holder, lock(L.F_UNLCK)));
    succeeds(os.lockSet(holder, lock(L.F_WRLCK)));
  });

  it('flock waits on a slot, is granted, and is cancelled', async () => {
    succeeds(os.flock(holder, L.LOCK_EX));
    const pin = () => {
      succeeds(os.slotOpen(20, 1, openSync(`${place.path}/file`, 'r'), 0));
      succeeds(os.slotPin(20, 1));
      assert.equal(os.slotClose(20, 1), 0);
    };
    const submit = () => os.laneSubmit(lane.id, SlowOp.FLOCK_WAIT, u64(++unique), 20, -1, u64(L.LOCK_SH, 0, 0));
    pin();
    assert.equal(submit(), 0);
    assert.equal(cancel(unique), 1);
    assert.equal(readReply(peer).error, -Errno.EINTR);
    await until(() => os.lanePending(lane.id) === 0, 'the wait is over');
    pin();
    assert.equal(submit(), 0);
    succeeds(os.flock(holder, L.LOCK_UN));
    assert.equal(readReply(peer).error, 0);
  });

  it('the wait works on a duplicate: the caller may close its descriptor', () => {
    succeeds(os.lockSet(holder, lock(L.F_WRLCK)));
    const own = openSync(`${place.path}/file`, 'r+');
    assert.equal(wait(own, lock(L.F_WRLCK)), 0);
    closeSync(own);
    succeeds(os.lockSet(holder, lock(L.F_UNLCK)));
    assert.equal(readReply(peer).error, 0);
  });

  it('impossible waits are answered with their errno', () => {
    fails(wait(9999, lock(L.F_WRLCK)), 'EBADF');
    assert.equal(wait(waiter, lock(L.F_WRLCK, 5, 4)), 0);
    assert.equal(readReply(peer).error, -Errno.EINVAL);
  });

  it('256 may wait in the process, the next is answered ENOLCK', async () => {
    succeeds(os.lockSet(holder, lock(L.F_WRLCK)));
    const first = unique + 1n;
    for (let count = 0; count < 256; count++) assert.equal(wait(waiter, lock(L.F_RDLCK, count, count)), 0);
    assert.equal(os.lanePending(lane.id), 256);
    assert.equal(wait(waiter, lock(L.F_RDLCK)), 0);
    assert.deepEqual(readReply(peer), { error: -Errno.ENOLCK, unique, body: Buffer.alloc(0) });
    for (let each = first; each < unique; each++) assert.equal(cancel(each), 1);
    const answered = new Set<bigint>();
    for (let count = 0; count < 256; count++) {
      const reply = readReply(peer);
      assert.equal(reply.error, -Errno.EINTR);
      answered.add(reply.unique);
    }
    assert.equal(answered.size, 256);
    await until(() => os.lanePending(lane.id) === 0, 'all are over');
  });

  it('however a release and a cancel meet, there is one reply, and it tells who holds the lock', async () => {
    let granted = 0;
    let interrupted = 0;
    for (let round = 0; round < 300; round++) {
      succeeds(os.lockSet(holder, lock(L.F_WRLCK)));
      const own = openSync(`${place.path}/file`, 'r+');
      assert.equal(wait(own, lock(L.F_WRLCK)), 0);
      // The order and the distance of the two vary with the round.
      const acts = [() => succeeds(os.lockSet(holder, lock(L.F_UNLCK))), () => cancel(unique)];
      if (round % 2 === 1) acts.reverse();
      acts[0]();
      for (let spin = 0; spin < (round % 50) * 20; spin++) os.lanePending(lane.id);
      acts[1]();
      const reply = readReply(peer);
      assert.equal(reply.unique, unique);
      await until(() => os.lanePending(lane.id) === 0, 'the wait is over');
      if (reply.error === 0) {
        granted++;
        fails(os.lockSet(holder, lock(L.F_WRLCK)), 'EAGAIN');
      } else {
        interrupted++;
        assert.equal(reply.error, -Errno.EINTR);
        succeeds(os.lockSet(holder, lock(L.F_WRLCK)));
      }
      closeSync(own);
      succeeds(os.lockSet(holder, lock(L.F_UNLCK)));
    }
    assert.ok(granted > 0 && interrupted > 0, `${granted} granted, ${interrupted} interrupted`);
    // Had any been answered twice, the second answer would be here.
    assert.equal(wait(waiter, lock(L.F_WRLCK)), 0);
    assert.equal(readReply(peer).unique, unique);
  });

  it('tells its owner which waits have ended, oldest first, before the guest knows', () => {
    const take = (capacity: number) => {
      const count = succeeds(os.laneTakeFinished(lane.id, OUT, capacity));
      return Array.from({ length: count }, (_, index) => [
        view.getBigUint64(OUT + 16 * index, true),
        view.getInt32(OUT + 16 * index + 8, true),
      ]);
    };
    assert.deepEqual(take(160), []);
    const first = unique + 1n;
    assert.equal(wait(waiter, lock(L.F_WRLCK)), 0);
    readReply(peer);
    assert.equal(wait(holder, lock(L.F_WRLCK)), 0);
    assert.equal(cancel(unique), 1);
    readReply(peer);
    assert.equal(wait(waiter, lock(L.F_WRLCK, 5, 4)), 0);
    readReply(peer);
    assert.deepEqual(take(47), [
      [first, 0],
      [first + 1n, -Errno.EINTR],
    ]);
    assert.deepEqual(take(160), [[first + 2n, -Errno.EINVAL]]);
    assert.deepEqual(take(160), []);
    fails(os.laneTakeFinished(lane.id, -1, 16), 'EFAULT');
  });

  it('closing the lane ends its waits without a reply, and only its own', () => {
    succeeds(os.lockSet(holder, lock(L.F_WRLCK)));
    const other = laneAndPeer();
    assert.equal(os.laneSubmit(other.lane.id, SlowOp.LOCK_WAIT, u64(1), waiter, -1, lock(L.F_WRLCK)), 0);
    for (let count = 0; count < 20; count++) assert.equal(wait(waiter, lock(L.F_WRLCK)), 0);
    assert.equal(os.laneClose(lane.id), 0);
    assert.equal(os.lanePending(other.lane.id), 1);
    other.lane.close();
    closeSync(other.peer);
    ({ lane } = laneAndPeer());
    // No thread that went away took the lock with it.
    succeeds(os.lockSet(holder, lock(L.F_UNLCK)));
    succeeds(os.lockSet(waiter, lock(L.F_WRLCK)));
  });
});
