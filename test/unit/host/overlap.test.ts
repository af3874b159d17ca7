/** Who rules whom, with superblocks in the hands of the test: they give back when it says so. */
import assert from 'node:assert/strict';
import type { Consistency } from '../../../host/cache/policy.js';
import { Overlap, type Ruled } from '../../../host/overlap.js';

class Superblock implements Ruled {
  ruled: readonly number[] = [];
  /** settles the last order */
  give: () => void = () => {};
  constructor(readonly slow = false) {}

  rule(descriptors: readonly number[]): Promise<void> {
    this.ruled = descriptors;
    return new Promise((resolve) => {
      this.give = resolve;
      if (!this.slow) resolve();
    });
  }
}

describe('the stricter of two mounts', () => {
  let closed: number[];
  let overlap: Overlap;
  const make = (patience?: number) => {
    closed = [];
    // A directory's descriptor is what it is called, here.
    const options = { open: (name: string) => Number(name), close: (descriptor: number) => closed.push(descriptor) };
    overlap = new Overlap(patience === undefined ? options : { ...options, patience });
  };
  beforeEach(() => make());
  const weak = (mode: Consistency, slow = false) => {
    const superblock = new Superblock(slow);
    const leave = overlap.attend(superblock, mode);
    return { superblock, leave };
  };

  it('is consistent over cached over delegated; default rules nobody', async () => {
    const [cached, delegated] = [weak('cached').superblock, weak('delegated').superblock];
    await overlap.enter('1', 'consistent');
    await overlap.enter('2', 'cached');
    await overlap.enter('3', 'default');
    await overlap.enter('4', 'delegated');
    assert.deepEqual([cached.ruled, delegated.ruled], [[1], [1, 2]]);
  });

  it('may have been there before', async () => {
    await overlap.enter('1', 'consistent');
    assert.deepEqual(weak('cached').superblock.ruled, [1]);
    assert.deepEqual(weak('consistent').superblock.ruled, [], 'it keeps nothing anyway');
  });

  it('is there only when all guests have given back what they kept', async () => {
    const [one, two] = [weak('cached', true).superblock, weak('cached', true).superblock];
    let there = false;
    const entering = overlap.enter('1', 'consistent').then(() => {
      there = true;
    });
    one.give();
    await new Promise(setImmediate);
    assert.ok(!there);
    two.give();
    await entering;
  });

  it('rules no longer when it is gone; its directory is let go when everybody knows', async () => {
    const { superblock } = weak('cached');
    const leave = await overlap.enter('1', 'consistent');
    const other = weak('cached', true).superblock;
    leave();
    leave();
    assert.deepEqual([superblock.ruled, other.ruled], [[], []]);
    await new Promise(setImmediate);
    assert.deepEqual(closed, []);
    other.give();
    await new Promise(setImmediate);
    assert.deepEqual(closed, [1]);
  });

  it('is refused where a guest does not give back, and rules nothing then', async () => {
    make(1);
    const { superblock } = weak('cached', true);
    await assert.rejects(overlap.enter('1', 'consistent'), /1: a guest has not given back within 0.001 s/);
    assert.deepEqual(superblock.ruled, []);
    superblock.give();
    await new Promise(setImmediate);
    assert.deepEqual(closed, [1]);
  });

  it('tells nothing to those that are gone', async () => {
    const { superblock, leave } = weak('cached', true);
    leave();
    await overlap.enter('1', 'consistent');
    assert.deepEqual(superblock.ruled, []);
  });
});
