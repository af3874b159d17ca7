import assert from 'node:assert/strict';
import { WatchKeys } from '../../../../host/watch/linux/keys.js';
import { Random } from '../../protocol/random.js';

describe('host/watch: keys of watches', () => {
  it('a watch has one key, mostly', () => {
    const keys = new WatchKeys();
    keys.add(7, 1);
    assert.deepEqual([keys.watchOf(7), keys.only(1), keys.all(1), keys.size], [1, 7, [7], 1]);
    assert.equal(keys.remove(7), 1);
    assert.deepEqual([keys.watchOf(7), keys.only(1), keys.all(1), keys.size], [undefined, undefined, [], 0]);
    assert.equal(keys.remove(7), undefined);
    assert.deepEqual(keys.forget(1), []);
  });

  it('or several; it is without one when the last has gone, whichever that is', () => {
    const keys = new WatchKeys();
    for (const key of [7, 8, 9]) keys.add(key, 1);
    assert.deepEqual([keys.only(1), keys.all(1), keys.size], [undefined, [7, 8, 9], 1]);
    assert.equal(keys.remove(7), undefined);
    assert.deepEqual(keys.all(1), [8, 9]);
    assert.equal(keys.remove(9), undefined);
    assert.deepEqual([keys.only(1), keys.all(1)], [8, [8]]);
    keys.add(7, 1);
    assert.deepEqual(keys.forget(1), [8, 7]);
    assert.deepEqual([keys.watchOf(7), keys.watchOf(8), keys.size], [undefined, undefined, 0]);
  });

  it('agrees with the obvious', () => {
    const random = new Random(17);
    const keys = new WatchKeys();
    const known = new Map<number, number>();
    const of = (watch: number) => [...known].filter(([, each]) => each === watch).map(([key]) => key);
    for (let round = 0; round < 5000; round++) {
      const [key, watch] = [random.below(20), random.below(8)];
      switch (random.below(3)) {
        case 0:
          if (known.has(key)) break;
          known.set(key, watch);
          keys.add(key, watch);
          break;
        case 1: {
          const had = known.get(key);
          known.delete(key);
          assert.equal(keys.remove(key), had !== undefined && of(had).length === 0 ? had : undefined);
          break;
        }
        default:
          if (random.below(10) > 0) break;
          assert.deepEqual(keys.forget(watch), of(watch));
          for (const each of of(watch)) known.delete(each);
      }
      assert.deepEqual(keys.all(watch), of(watch));
      assert.equal(keys.only(watch), of(watch).length === 1 ? of(watch)[0] : undefined);
      assert.equal(keys.watchOf(key), known.get(key));
      assert.equal(keys.size, new Set(known.values()).size);
    }
  });
});
