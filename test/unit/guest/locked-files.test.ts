import assert from 'node:assert/strict';
import { LOCKED_FILES_LIMIT, LockedFiles } from '../../../guest/locked-files.js';
import { Random } from '../protocol/random.js';

describe('guest/locked-files', () => {
  it('is empty at first, and takes no notice of handles it does not know', () => {
    const files = new LockedFiles();
    files.remove(1, 0, 1, 0);
    assert.deepEqual([files.size, files.has(1, 0)], [0, false]);
  });

  it('knows a node as long as one of its handles is there', () => {
    const files = new LockedFiles();
    files.add(7, 1, 100, 1);
    files.add(7, 1, 100, 1);
    files.add(7, 1, 101, 1);
    assert.deepEqual([files.size, files.has(7, 1)], [2, true]);
    files.remove(7, 1, 100, 1);
    assert.ok(files.has(7, 1));
    files.remove(7, 1, 101, 1);
    assert.deepEqual([files.size, files.has(7, 1)], [0, false]);
  });

  it('tells numbers apart by all their 64 bits', () => {
    const files = new LockedFiles();
    files.add(7, 1, 100, 1);
    for (const [lo, hi] of [
      [7, 0],
      [7, 2],
      [1, 7],
      [8, 1],
      [0x8000_0007, 1],
    ] as const)
      assert.ok(!files.has(lo, hi), `${hi}:${lo}`);
    files.remove(7, 1, 100, 2);
    files.remove(7, 1, 101, 1);
    files.remove(7, 2, 100, 1);
    assert.ok(files.has(7, 1));
    files.add(0xffff_ffff, 0x7fff_ffff, 0xffff_ffff, 0xffff_ffff);
    assert.ok(files.has(0xffff_ffff, 0x7fff_ffff));
  });

  it('agrees with a plain map through many changes', () => {
    const random = new Random(2024);
    const files = new LockedFiles();
    const model = new Map<number, Set<number>>();
    const pairs = () => [...model.values()].reduce((sum, handles) => sum + handles.size, 0);
    for (let step = 0; step < 60_000; step++) {
      // Few numbers, so that they meet again; nodeids of one slot's generations, too.
      const node = 1 + random.below(600);
      const [lo, hi] = [1 + (node % 150), Math.floor(node / 150)];
      const handle = random.below(4);
      const growing = Math.floor(step / 10_000) % 2 === 0;
      if (random.below(10) < (growing ? 7 : 3)) {
        files.add(lo, hi, handle, 5);
        model.set(node, (model.get(node) ?? new Set()).add(handle));
      } else {
        files.remove(lo, hi, handle, 5);
        model.get(node)?.delete(handle);
      }
      if (step % 500 !== 0) continue;
      assert.equal(files.size, pairs());
      for (let each = 1; each <= 600; each++) {
        const known = (model.get(each)?.size ?? 0) > 0;
        assert.equal(files.has(1 + (each % 150), Math.floor(each / 150)), known, `node ${each} at step ${step}`);
      }
    }
  });

  it('is full to its limit without a mistake', () => {
    const files = new LockedFiles();
    for (let node = 1; node <= LOCKED_FILES_LIMIT; node++) files.add(node, 0, node, 0);
    assert.equal(files.size, LOCKED_FILES_LIMIT);
    assert.ok(files.has(1, 0) && files.has(LOCKED_FILES_LIMIT, 0) && !files.has(LOCKED_FILES_LIMIT + 1, 0));
    files.add(1, 0, 1, 0);
    for (let node = 1; node <= LOCKED_FILES_LIMIT; node++) files.remove(node, 0, node, 0);
    assert.equal(files.size, 0);
    for (let node = 1; node <= LOCKED_FILES_LIMIT; node++) assert.ok(!files.has(node, 0));
  });

  it('takes every file for locked, for good, once there were too many', () => {
    const files = new LockedFiles();
    for (let node = 1; node <= LOCKED_FILES_LIMIT + 1; node++) files.add(node, 0, node, 0);
    assert.ok(files.has(1, 0) && files.has(LOCKED_FILES_LIMIT + 1, 0) && files.has(123_456_789, 0));
    for (let node = 1; node <= LOCKED_FILES_LIMIT + 1; node++) files.remove(node, 0, node, 0);
    files.add(5, 0, 5, 0);
    files.remove(5, 0, 5, 0);
    assert.ok(files.has(1, 0) && files.has(123_456_789, 0));
  });
});
