import assert from 'node:assert/strict';
import { LockTable, type OwnerLocks } from '../../../../host/state/locks.js';
import type { Os } from '../../../../native/os.js';
import { F_RDLCK, F_WRLCK } from '../../../../protocol/linux.js';

function setUp() {
  const closed: number[] = [];
  const unlocked: number[] = [];
  const os = { close: (fd: number) => closed.push(fd) } as unknown as Os;
  return { table: new LockTable(os, (fd) => unlocked.push(fd)), closed, unlocked };
}

function hold(table: LockTable, node: number, owner: string, start: bigint, end: bigint, fd = 100): OwnerLocks {
  const locks = table.find(node, owner) ?? table.add(node, owner, fd, 2);
  locks.ranges.set(start, end, F_WRLCK);
  return locks;
}

describe('the lock table', () => {
  it('sees a circle of two owners on two ranges, and no circle without the second wait', () => {
    const { table } = setUp();
    hold(table, 1, 'A', 0n, 0n);
    const b = hold(table, 1, 'B', 1n, 1n);
    assert.equal(table.wouldDeadlock(1, 'A', 1n, 1n, F_WRLCK), false);
    table.wait({ unique: 'u', by: b, start: 0n, end: 0n, type: F_WRLCK });
    assert.equal(table.wouldDeadlock(1, 'A', 1n, 1n, F_WRLCK), true);
    assert.equal(table.wouldDeadlock(1, 'A', 2n, 2n, F_WRLCK), false);
  });

  it('sees a circle over three files', () => {
    const { table } = setUp();
    const [a, b, c] = ['A', 'B', 'C'].map((owner, node) => hold(table, node, owner, 0n, 9n));
    void a;
    const waitsFor = (by: OwnerLocks, node: number, unique: string) => {
      const place = table.add(node, by.owner, 200, 2);
      table.wait({ unique, by: place, start: 5n, end: 5n, type: F_RDLCK });
    };
    waitsFor(b, 2, 'b-for-c');
    assert.equal(table.wouldDeadlock(1, 'A', 0n, 0n, F_WRLCK), false);
    waitsFor(c, 0, 'c-for-a');
    assert.equal(table.wouldDeadlock(1, 'A', 0n, 0n, F_WRLCK), true);
  });

  it('forgets a circle when the wait has ended without the lock', () => {
    const { table } = setUp();
    hold(table, 1, 'A', 0n, 0n);
    const b = hold(table, 1, 'B', 1n, 1n);
    table.wait({ unique: 'u', by: b, start: 0n, end: 0n, type: F_WRLCK });
    table.finished('u', -4);
    assert.equal(table.wouldDeadlock(1, 'A', 1n, 1n, F_WRLCK), false);
  });

  it('knows the pid of the guest process in the way, and none when a host process is', () => {
    const { table } = setUp();
    hold(table, 1, 'A', 0n, 9n).pid = 4711;
    assert.equal(table.holder(1, 'B', 5n, 5n, F_RDLCK), 4711);
    assert.equal(table.holder(1, 'A', 5n, 5n, F_RDLCK), 0);
    assert.equal(table.holder(1, 'B', 10n, 10n, F_RDLCK), 0);
  });

  it('gives an owner up at the close of a descriptor', () => {
    const { table, closed } = setUp();
    hold(table, 1, '0:7', 0n, 9n, 33);
    table.closed(1, 7, 0);
    assert.deepEqual(closed, [33]);
    assert.equal(table.size, 0);
  });

  it('only unlocks while another thread of the owner still waits, and closes after that', () => {
    const { table, closed, unlocked } = setUp();
    const a = hold(table, 1, '0:7', 0n, 9n, 33);
    table.wait({ unique: 'u', by: a, start: 20n, end: 20n, type: F_WRLCK });
    table.closed(1, 7, 0);
    assert.deepEqual(unlocked, [33]);
    assert.deepEqual(closed, []);
    table.finished('u', -4);
    assert.deepEqual(closed, [33]);
  });

  it('ends locks with the last handle they came through', () => {
    const { table, closed } = setUp();
    const a = hold(table, 1, 'A', 0n, 9n, 33);
    a.handles.add(5).add(6);
    table.released(1, 5);
    assert.deepEqual(closed, []);
    table.released(1, 6);
    assert.deepEqual(closed, [33]);
  });
});
