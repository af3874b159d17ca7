import assert from 'node:assert/strict';
import { SPIN_MICROSECONDS, Spin } from '../../../native/spin.js';

function after(...waits: number[]): number {
  const spin = new Spin();
  for (const micros of waits) spin.waited(micros);
  return spin.microseconds;
}

const close = 20;
const apart = 1_000;
const idle = 60_000;

describe('Spin', () => {
  it('does not spin before any traffic', () => assert.equal(after(), 0));

  it('spins once messages follow each other closely', () => assert.equal(after(idle, close), SPIN_MICROSECONDS));

  it('does not spin for the first message after a pause', () => assert.equal(after(close, close, close, idle), 0));

  it('outlives short pauses in a burst', () => assert.equal(after(close, close, close, apart), SPIN_MICROSECONDS));

  it('gives up when the messages stay apart', () => {
    assert.equal(after(close, close, close, close, close, apart, apart, apart, apart), 0);
  });

  it('never spins for messages that are always apart', () => {
    const spin = new Spin();
    for (let message = 0; message < 1000; message++) {
      spin.waited(apart);
      assert.equal(spin.microseconds, 0);
    }
  });

  it('can be switched off', () => {
    const spin = new Spin(0);
    spin.waited(close);
    assert.equal(spin.microseconds, 0);
  });
});
