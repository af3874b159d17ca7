import assert from 'node:assert/strict';
import { median, pairedRatios, quantile, spread } from '../../../perf/statistics.js';

describe('perf/statistics', () => {
  it('takes the middle of an odd and of an even number of samples, in any order', () => {
    assert.equal(median([9, 1, 5]), 5);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.equal(median([7]), 7);
  });

  it('sorts by value, not by the digits', () => {
    assert.equal(median([100, 9, 20]), 20);
  });

  it('interpolates between neighbours', () => {
    assert.equal(quantile([10, 20, 30, 40, 50], 0.25), 20);
    assert.equal(quantile([0, 10], 0.75), 7.5);
    assert.equal(quantile([3, 1, 2], 0), 1);
    assert.equal(quantile([3, 1, 2], 1), 3);
  });

  it('refuses no samples and shares outside 0…1', () => {
    assert.throws(() => median([]), RangeError);
    assert.throws(() => quantile([1], 1.1), RangeError);
    assert.throws(() => quantile([1], Number.NaN), RangeError);
  });

  it('does not change its argument', () => {
    const samples = [3, 1, 2];
    spread(samples);
    assert.deepEqual(samples, [3, 1, 2]);
  });

  it('takes ratios inside rounds: a drift of both sides does not show', () => {
    const drifting = [10, 20, 40, 80, 160];
    const ratios = pairedRatios(
      drifting.map((value) => value * 1.5),
      drifting,
    );
    assert.deepEqual(ratios, { median: 1.5, low: 1.5, high: 1.5, count: 5 });
  });

  it('refuses rounds that do not pair and a reference of zero', () => {
    assert.throws(() => pairedRatios([1, 2], [1]), RangeError);
    assert.throws(() => pairedRatios([1], [0]), RangeError);
  });
});
