/** What inotifywait(1) itself prints on a plain directory and on a target, line by line: no normalisation can hide anything. */
import assert from 'node:assert/strict';
import { PATIENCE } from '../support/patience.js';
import { difference } from './lines.js';
import { impossible } from './register.js';
import { judged, type TargetName, targets } from './targets/index.js';
import { nativeTarget } from './targets/native.js';
import { Verbatim, verbatimCases } from './verbatim.js';

for (const name of ['native', ...judged] as TargetName[]) {
  describe(`inotifywait -m: ${name} prints what a plain directory prints${impossible ? ` (skipped: ${impossible})` : ''}`, () => {
    let native: Verbatim | undefined;
    let target: Verbatim | undefined;

    before(async function () {
      this.timeout(6 * PATIENCE);
      if (impossible !== null) this.skip();
      native = await Verbatim.open(await nativeTarget());
      target = await Verbatim.open(await targets[name]());
    });

    after(async function () {
      this.timeout(6 * PATIENCE);
      await target?.close();
      await native?.close();
    });

    for (const { slug, watching } of verbatimCases) {
      it(`${slug}, watching the ${watching}`, async function () {
        this.timeout(6 * PATIENCE);
        const expected = await native!.record(slug, watching);
        assert.notEqual(expected.length, 0);
        const actual = await target!.record(slug, watching);
        assert.deepEqual(difference(expected, actual), []);
      });
    }
  });
}
