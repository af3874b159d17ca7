/** One plain directory as all three sides: is the check right? Whatever it says here is a mistake of its own. */
import { temporaryDirectory } from '../support/bare-directory.js';
import { check } from './support/checker.js';

describe('coherence on a plain directory', function () {
  this.timeout(120_000);
  for (const rules of ['consistent', 'cached', 'delegated'] as const) {
    it(`finds nothing wrong by the rules of ${rules}`, async () => {
      const { dir, remove } = temporaryDirectory();
      try {
        const guests = ['guest A', 'guest B'].map((name) => ({ name, dir }));
        const r = await check({ seed: 1, operations: 5000, rules, host: { name: 'host', dir }, guests });
        console.log(r);
      } finally {
        remove();
      }
    });
  }
});
