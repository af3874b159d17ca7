import assert from 'node:assert/strict';
import { Errno, errnoName, errnoNumber, errnoText } from '../../../protocol/errno.js';

describe('protocol/errno', () => {
  it('has every number of Linux once: 1 to 133 without 41 and 58', () => {
    const numbers = Object.values(Errno).sort((a, b) => a - b);
    const expected = Array.from({ length: 133 }, (_, index) => index + 1).filter((n) => n !== 41 && n !== 58);
    assert.deepEqual(numbers, expected);
  });

  it('names a number, negative as in a reply or not', () => {
    assert.equal(errnoName(2), 'ENOENT');
    assert.equal(errnoName(-39), 'ENOTEMPTY');
    assert.equal(errnoName(4000), 'errno 4000');
  });

  it('describes every number in a few words', () => {
    for (const number of Object.values(Errno)) assert.match(errnoText(-number), /^\S.{2,50}[^.]$/);
    assert.equal(errnoText(-28), 'no space left');
    assert.equal(errnoText(0), 'unknown error 0');
  });

  it('finds the number of a name, aliases too', () => {
    assert.equal(errnoNumber('ENOSPC'), 28);
    assert.equal(errnoNumber('EWOULDBLOCK'), 11);
    assert.equal(errnoNumber('ENOTSUP'), 95);
    assert.equal(errnoNumber('EWHATEVER'), undefined);
    assert.equal(errnoNumber('toString'), undefined);
  });
});
