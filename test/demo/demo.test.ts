/** `npm run demo` in this machine: what it shows, and that nothing of it stays. */
import assert from 'node:assert/strict';
import { play } from './play.js';

describe('the demo', () => {
  it('shows a directory from both sides and leaves nothing behind', async () => {
    const ran = await play([]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /^\$ node .*\nwritten through the mount$/m);
    assert.match(ran.stdout, /and appended on the host/);
    assert.match(ran.stdout, /npm run demo -- --vm/);
  });

  it('ends and leaves nothing behind when it is interrupted', async () => {
    const ran = await play([], { signal: 'SIGTERM', at: /^\$ osmofs ls$/m });
    assert.equal(ran.code, 143, ran.stderr);
    assert.doesNotMatch(ran.stdout, /What it took/);
  });
});
