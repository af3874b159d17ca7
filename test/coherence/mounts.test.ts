/** A directory and two mounts of it, in the modes that exist. */
import { check } from './support/checker.js';
import { onMounts } from './support/places.js';
import { operations, seed } from './support/size.js';

describe('coherence of mounts', function () {
  this.timeout(600_000);
  it(`consistent`, async () => {
    await onMounts('consistent', async ({ host, guests }) => {
      console.log(await check({ seed: seed(1), operations: operations(5000), rules: 'consistent', host, guests }));
    });
  });
});
