/** The check on sides that pretend to have a cache: a broken one must be found, a good one must not be complained about. */
import assert from 'node:assert/strict';
import { check } from './support/checker.js';
import { Incoherence, type Rules } from './support/conduct.js';
import { onPlainDirectory } from './support/places.js';
import type { Pretence } from './support/pretend.js';

const OPERATIONS = 6000;

async function pretending(pretence: Pretence, rules: Rules): Promise<void> {
  await onPlainDirectory(async ({ host, guests: [one, other] }) => {
    await check({ seed: 5, operations: OPERATIONS, rules, host, guests: [one!, { ...other!, pretence }] });
  });
}

async function caught(pretence: Pretence, rules: Rules): Promise<Error> {
  const error = await pretending(pretence, rules).then(
    () => undefined,
    (reason: Error) => reason,
  );
  assert.ok(error !== undefined, `nothing was found in ${OPERATIONS} operations`);
  return error;
}

const FOUND: readonly [pretence: Pretence, rules: Rules, what: string][] = [
  ['attributes', 'consistent', 'answers stat from memory'],
  ['content', 'consistent', 'answers reads from memory'],
  ['absence', 'consistent', 'remembers what was not there'],
  ['names', 'consistent', 'lists directories from memory'],
  ['coherent', 'consistent', 'has a good cache where there may be none'],
  ['torn', 'consistent', 'shows zero bytes that nobody wrote'],
  ['lossy', 'consistent', 'acknowledges what it did not do'],
  ['attributes', 'cached', 'never forgets what stat said'],
  ['content', 'cached', 'never forgets what it read'],
  ['absence', 'cached', 'never forgets what was not there'],
  ['deaf', 'cached', 'overlooks events'],
  ['late', 'cached', 'forgets after the event instead of before'],
  ['torn', 'cached', 'shows zero bytes that nobody wrote'],
  ['lossy', 'cached', 'acknowledges what it did not do'],
  ['lossy', 'delegated', 'acknowledges a close of what is not on the host'],
];

describe('the check of coherence finds a side that', function () {
  this.timeout(120_000);
  for (const [pretence, rules, what] of FOUND) {
    it(`${what} (${rules})`, async () => {
      const error = await caught(pretence, rules);
      assert.ok(error instanceof Incoherence || error instanceof assert.AssertionError, error.stack);
      assert.match(error.message, new RegExp(`${rules}, seed 5, ${OPERATIONS} operations`));
      assert.match(error.message, pretence === 'lossy' ? /acknowledged to guest B/ : /guest B/);
    });
  }

  it('does not find one with a good cache (cached)', async () => {
    await pretending('coherent', 'cached');
  });
});
