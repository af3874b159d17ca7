/** The check on a directory and two mounts of it, in each mode that exists; with losses of events where those can be made. */
import assert from 'node:assert/strict';
import { BUILT, CACHING } from '../../support/modes.js';
import { check } from './checker.js';
import { loseEvents, lossesImpossible, withShortQueues } from './losses.js';
import { onMounts } from './places.js';
import { operations, seed } from './size.js';

/** @param usual operations of each case */
export function registerOnMounts(usual: number, losses: number): void {
  describe(`coherence of a directory and two mounts of it, ${usual} operations`, function () {
    this.timeout(1_200_000);
    for (const rules of BUILT) {
      it(`${rules}: nothing that its rules forbid`, async () => {
        await onMounts(rules, async ({ host, guests }) => {
          await check({ seed: seed(1), operations: operations(usual), rules, host, guests });
        });
      });
    }
    for (const rules of CACHING) {
      it(`${rules}: nor across ${losses} losses of events${lossesImpossible === null ? '' : ` (${lossesImpossible})`}`, async function () {
        if (lossesImpossible !== null) this.skip();
        await onMounts(
          rules,
          async ({ host, guests, osmofs }) => {
            const all = operations(usual);
            const round = Math.max(1, Math.floor(all / losses));
            const places = guests.map(({ dir }) => dir);
            const forceLoss = () => loseEvents(osmofs!, host.dir, places);
            const report = await check({ seed: seed(2), operations: all, rules, round, host, guests, forceLoss });
            assert.ok(report.losses >= losses, `${report.losses} losses`);
          },
          withShortQueues,
        );
      });
    }
  });
}
