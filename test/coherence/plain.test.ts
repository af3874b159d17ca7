/** One plain directory as all three sides: is the check right? Whatever it complains about here is a mistake of its own. */
import assert from 'node:assert/strict';
import { check } from './support/checker.js';
import { onPlainDirectory } from './support/places.js';
import { operations, seed } from './support/size.js';

describe('coherence of a plain directory', function () {
  this.timeout(600_000);
  for (const rules of ['consistent', 'cached', 'delegated'] as const) {
    it(`has nothing that the rules of ${rules} forbid`, async () => {
      await onPlainDirectory(async (sides) => {
        let losses = 0;
        const forceLoss = async () => {
          losses++;
        };
        const report = await check({ ...sides, rules, seed: seed(3), operations: operations(3000), forceLoss });
        assert.ok(report.changes > 100 && report.looks > 100, JSON.stringify(report));
        assert.equal(report.events > 0, rules !== 'consistent');
        assert.equal(losses, report.rounds);
      });
    });
  }
});
