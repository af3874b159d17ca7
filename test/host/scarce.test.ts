/** A process that has run out of descriptors. */
import assert from 'node:assert/strict';
import { runLimited } from './support/limited.js';

describe('a process with hardly a descriptor left', () => {
  it('renames between deep directories that it has to reopen, refuses new handles with EMFILE, and recovers', async () => {
    const result = await runLimited(256, new URL('./scarce-main.js', import.meta.url));
    const { refused, ...rest } = result as { refused: number };
    assert.deepEqual(rest, { problems: [], renames: 60, handles: 0, entries: 2 });
    assert.equal(refused, 60);
  });
});
