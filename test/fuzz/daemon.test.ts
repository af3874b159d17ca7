/**
 * 100,000 mutated requests against the daemon's side of mounts. OSMOFS_FUZZ_SECONDS is the box, OSMOFS_FUZZ_SEED
 * repeats or varies a run, OSMOFS_FUZZ_MUTATIONS is how many are wanted.
 */
import assert from 'node:assert/strict';
import { runShard } from './support/shard.js';

const SECONDS = Number(process.env.OSMOFS_FUZZ_SECONDS ?? 40);
const SEED = Number(process.env.OSMOFS_FUZZ_SEED ?? 20_261_122);
const MUTATIONS = Number(process.env.OSMOFS_FUZZ_MUTATIONS ?? 100_000);
const SHARDS = 2;

describe('mutated requests', () => {
  it('crash nothing, hang nothing, leak nothing, reach nothing outside the root', async () => {
    const seeds = Array.from({ length: SHARDS }, (_, i) => SEED + i);
    const results = await Promise.all(seeds.map((seed) => runShard(seed, MUTATIONS / SHARDS, SECONDS)));
    for (const [i, { mutations, sessions, replies, endings, answered, growth, seconds }] of results.entries()) {
      const violations = Object.keys(endings).length;
      const kinds = Object.keys(answered).length;
      console.log(
        `      seed ${seeds[i]}: ${mutations} mutations, ${replies} answers of ${kinds} kinds, ${sessions} sessions, ` +
          `${violations} kinds of ends, ${growth >> 20} MiB grown, ${seconds.toFixed(1)} s`,
      );
      // The box may be too small for all on a slow machine; a run that did next to nothing proves nothing.
      assert.ok(mutations >= Math.min(MUTATIONS / SHARDS, 5000), 'too slow to say anything');
    }
  }).timeout((SECONDS + 120) * 1000);
});
