/** The handle table: pins, closing, generations, and several threads at it at once. */
import assert from 'node:assert/strict';
import { existsSync, openSync, readlinkSync } from 'node:fs';
import { os } from '../../native/index.js';
import { fails, succeeds } from './support/fixture.js';
import { inAnotherThread, run } from './support/process.js';
import { attachTable } from './support/table.js';

const isOpen = (fd: number) => existsSync(`/proc/self/fd/${fd}`);
const open = () => openSync('/dev/null', 'r');

describe('native: slots', () => {
  let table: number;

  before(() => {
    table = attachTable();
  });

  it('a slot is empty until it is opened, and pins only its generation', () => {
    fails(os.slotPin(3, 1), 'EBADF');
    const fd = open();
    assert.equal(os.slotOpen(3, 1, fd, 0x7fffffff), 0);
    assert.equal(os.slotPin(3, 1), fd);
    fails(os.slotPin(3, 2), 'EBADF');
    assert.equal(os.slotFlags(3, 1), 0x7fffffff);
    fails(os.slotFlags(3, 2), 'EBADF');
    assert.equal(os.slotUnpin(3), 0);
    fails(os.slotUnpin(3), 'EBADF');
    assert.equal(os.slotClose(3, 1), 1);
    assert.ok(!isOpen(fd));
    fails(os.slotClose(3, 1), 'EBADF');
    fails(os.slotFlags(3, 1), 'EBADF');
  });

  it('closing waits for the last pin and takes no new ones', () => {
    const fd = open();
    succeeds(os.slotOpen(4, 7, fd, 0));
    succeeds(os.slotPin(4, 7));
    succeeds(os.slotPin(4, 7));
    assert.equal(os.slotClose(4, 7), 0);
    fails(os.slotPin(4, 7), 'EBADF');
    fails(os.slotClose(4, 7), 'EBADF');
    assert.equal(os.slotUnpin(4), 0);
    assert.ok(isOpen(fd));
    const other = open();
    fails(os.slotOpen(4, 8, other, 0), 'EBUSY');
    assert.equal(os.slotUnpin(4), 0);
    assert.ok(!isOpen(fd));
    assert.equal(os.slotOpen(4, 8, other, 0), 0);
    assert.equal(os.slotClose(4, 8), 1);
  });

  it('closing with a stale generation closes nothing', () => {
    const fd = open();
    succeeds(os.slotOpen(5, 1, fd, 0));
    fails(os.slotClose(5, 0), 'EBADF');
    assert.ok(isOpen(fd));
    assert.equal(os.slotClose(5, 1), 1);
  });

  it('a slot opened for a node is pinned by nodeid, for what its access mode allows', () => {
    const fd = open();
    const [READING, WRITING] = [0, 1];
    assert.equal(os.slotOpenNode(6, 1, fd, 0, 7, 3), 0);
    assert.equal(os.slotPinNode(6, 7, 3, READING), fd);
    fails(os.slotPinNode(6, 7, 3, WRITING), 'EBADF');
    // Another generation of the node, another node, none at all; another slot.
    for (const [lo, hi] of [
      [7, 2],
      [7, 0],
      [3, 7],
      [8, 3],
      [0, 0],
    ])
      fails(os.slotPinNode(6, lo!, hi!, READING), 'EBADF');
    for (const slot of [5, -1, 64, 0x7fffffff]) fails(os.slotPinNode(slot, 7, 3, READING), 'EBADF');
    assert.equal(os.slotPins(6), 1);
    assert.equal(os.slotClose(6, 1), 0);
    fails(os.slotPinNode(6, 7, 3, READING), 'EBADF');
    assert.equal(os.slotUnpin(6), 0);
    assert.ok(!isOpen(fd));
    for (const [mode, reads, writes] of [
      [1, false, true],
      [2, true, true],
    ] as const) {
      const other = open();
      assert.equal(os.slotOpenNode(6, 1 + mode, other, mode, 7, 0xffff_ffff), 0);
      assert.equal(os.slotPinNode(6, 7, 0xffff_ffff, READING) === other, reads);
      assert.equal(os.slotPinNode(6, 7, 0xffff_ffff, WRITING) === other, writes);
      for (let pins = os.slotPins(6); pins > 0; pins--) os.slotUnpin(6);
      assert.equal(os.slotClose(6, 1 + mode), 1);
    }
  });

  it("a slot that was opened without a node is found by no nodeid, also after it was a node's", () => {
    succeeds(os.slotOpenNode(7, 1, open(), 0, 9, 1));
    assert.equal(os.slotClose(7, 1), 1);
    succeeds(os.slotOpen(7, 2, open(), 0));
    fails(os.slotPinNode(7, 9, 1, 0), 'EBADF');
    fails(os.slotPinNode(7, 0, 0, 0), 'EBADF');
    assert.equal(os.slotClose(7, 2), 1);
    const fd = open();
    fails(os.slotOpenNode(7, 3, fd, 0, 0, 0), 'EINVAL');
    os.close(fd);
  });

  it('closing an idle slot closes it; one that is pinned stays as it was', () => {
    const fd = open();
    succeeds(os.slotOpen(8, 1, fd, 0));
    succeeds(os.slotPin(8, 1));
    assert.equal(os.slotCloseIdle(8, 1), 0);
    assert.equal(os.slotPins(8), 1);
    assert.equal(os.slotPin(8, 1), fd);
    os.slotUnpin(8);
    os.slotUnpin(8);
    fails(os.slotCloseIdle(8, 2), 'EBADF');
    assert.ok(isOpen(fd));
    assert.equal(os.slotCloseIdle(8, 1), 1);
    assert.ok(!isOpen(fd));
    fails(os.slotCloseIdle(8, 1), 'EBADF');
    fails(os.slotCloseIdle(64, 1), 'EBADF');
  });

  it('refuses slots, tables and descriptors that are none', () => {
    const fd = open();
    for (const slot of [-1, 64, 0x7fffffff]) {
      fails(os.slotOpen(slot, 0, fd, 0), 'EBADF');
      fails(os.slotPin(slot, 0), 'EBADF');
      fails(os.slotUnpin(slot), 'EBADF');
      fails(os.slotClose(slot, 0), 'EBADF');
    }
    fails(os.slotOpen(0, 0, -1, 0), 'EBADF');
    fails(os.slotsAttach(999_999), 'ENOENT');
    fails(os.slotsDestroy(999_999), 'ENOENT');
    fails(os.slotsCreate(0), 'EINVAL');
    const second = succeeds(os.slotsCreate(1));
    fails(os.slotsAttach(second), 'EBUSY');
    succeeds(os.slotsDestroy(second));
    assert.ok(readlinkSync(`/proc/self/fd/${fd}`));
    os.close(fd);
  });

  it('pins of another thread count', async () => {
    const fd = open();
    succeeds(os.slotOpen(9, 1, fd, 0));
    const { worker, first } = await inAnotherThread<number>('slot-pinner.js', { table, slot: 9, generation: 1 });
    assert.equal(first, fd);
    assert.equal(os.slotClose(9, 1), 0);
    assert.ok(isOpen(fd));
    const unpinned = new Promise((resolve) => worker.once('message', resolve));
    worker.postMessage('unpin');
    assert.equal(await unpinned, 0);
    assert.ok(!isOpen(fd));
    await worker.terminate();
  });

  it('two threads that open, close and pin the same slots never meet a foreign descriptor', async () => {
    // Each generation's file says which slot and generation it is for; a pinned descriptor must always match.
    const { worker, first } = await inAnotherThread<{ pinned: number; wrong: number }>('slot-race.js', {
      table,
      slots: 8,
      rounds: 20_000,
      wanted: 1000,
    });
    assert.equal(first.wrong, 0);
    assert.ok(first.pinned >= 1000);
    await worker.terminate();
  });

  it('a destroyed table lives until its last thread is gone, then closes what is left', async () => {
    assert.equal(await run('slot-table-life.js'), 0);
  });
});
