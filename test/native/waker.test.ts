/** Wakers: level-triggered, counted as one, usable from any thread. */
import assert from 'node:assert/strict';
import { os } from '../../native/index.js';
import { fails, succeeds } from './support/fixture.js';

describe('native: wakers', () => {
  it('a signal stays until it is drained, however many there were', () => {
    const waker = succeeds(os.wakerCreate());
    assert.equal(os.wakerDrain(waker), 0);
    for (let count = 0; count < 3; count++) assert.equal(os.wakerSignal(waker), 0);
    assert.equal(os.wakerDrain(waker), 1);
    assert.equal(os.wakerDrain(waker), 0);
    os.close(waker);
    fails(os.wakerSignal(waker), 'EBADF');
    fails(os.wakerDrain(waker), 'EBADF');
  });
});
