import assert from 'node:assert/strict';
import { FailedWrites } from '../../../guest/failed-writes.js';

const wide = (low: number) => ({ low, high: 1 });
const [file, other] = [wide(7), wide(8)];
const [one, two] = [wide(1), wide(2)];
const [ENOSPC, EIO] = [28, 5];

describe('guest/failed-writes', () => {
  let failed: FailedWrites;
  beforeEach(() => {
    failed = new FailedWrites();
    failed.add(file, one, ENOSPC);
  });

  it('every close of the handle says so, no close of another', () => {
    assert.deepEqual(
      [failed.flushed(file, one), failed.flushed(file, one), failed.flushed(file, two)],
      [ENOSPC, ENOSPC, 0],
    );
  });

  it('fsync of the file says so once, by any handle; closes have nothing to say then, nor has a drain', () => {
    assert.deepEqual([failed.synced(other), failed.synced(file), failed.synced(file)], [0, ENOSPC, 0]);
    assert.deepEqual([failed.flushed(file, one), failed.drained()], [0, 0]);
  });

  it('a drain says so once, after closes too, but takes nothing from them', () => {
    assert.equal(failed.flushed(file, one), ENOSPC);
    assert.deepEqual([failed.drained(), failed.drained()], [ENOSPC, 0]);
    assert.equal(failed.flushed(file, one), ENOSPC);
    assert.equal(failed.synced(file), ENOSPC);
  });

  it('what is left of a handle that is gone is the drain’s', () => {
    failed.released(file, one);
    assert.ok(failed.none);
    assert.deepEqual([failed.flushed(file, one), failed.synced(file)], [0, 0]);
    assert.deepEqual([failed.drained(), failed.drained()], [ENOSPC, 0]);
  });

  it('of what fsync has told nothing is left', () => {
    failed.synced(file);
    failed.released(file, one);
    assert.equal(failed.drained(), 0);
  });

  it('the first error counts, until it was told; then the next does', () => {
    failed.add(file, one, EIO);
    assert.equal(failed.synced(file), ENOSPC);
    failed.add(file, one, EIO);
    assert.equal(failed.synced(file), EIO);
  });

  it('a file with a failure is not written behind, until fsync has told it; others are', () => {
    assert.deepEqual([failed.concerns(file), failed.concerns(other)], [true, false]);
    failed.synced(file);
    assert.ok(!failed.concerns(file));
  });

  it('handles are told apart by their files; without a handle the first close says so, and no other', () => {
    assert.equal(failed.flushed(other, one), 0);
    const none = { low: 0, high: 0 };
    failed.add(other, none, EIO);
    assert.deepEqual(
      [failed.flushed(file, none), failed.flushed(other, none), failed.flushed(other, none)],
      [0, EIO, 0],
    );
    assert.ok(!failed.concerns(other));
  });
});
