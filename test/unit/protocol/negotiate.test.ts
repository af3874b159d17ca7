import assert from 'node:assert/strict';
import { fuse_in_header, fuse_write_in } from '../../../protocol/fuse/structs.js';
import { negotiate, type Offer, OUR_OFFER, refuseMajor } from '../../../protocol/negotiate.js';
import { LEAST_MESSAGE, MAX_IO, MAX_MESSAGE } from '../../../protocol/version.js';

const ours: Offer = {
  major: 1,
  minor: 5,
  features: ['lease', 'inject', 'stats'],
  limits: { maxMessage: 1_052_672, maxPages: 256 },
};

describe('protocol/negotiate', () => {
  it('agrees with itself', () => {
    assert.deepEqual(negotiate(OUR_OFFER, OUR_OFFER).accepted, OUR_OFFER);
  });

  it('takes the smaller minor, the common features and the smaller limits', () => {
    const theirs = {
      major: 1,
      minor: 2,
      features: ['stats', 'lease', 'dance'],
      limits: { maxMessage: 2 ** 21, maxPages: 32 },
    };
    const expected = {
      major: 1,
      minor: 2,
      features: ['lease', 'stats'],
      limits: { maxMessage: 1_052_672, maxPages: 32 },
    };
    assert.deepEqual(negotiate(ours, theirs), { accepted: expected });
    assert.deepEqual(negotiate(theirs, ours), { accepted: expected }, 'from the other side');
  });

  it('counts a feature that is named twice once', () => {
    const twice = { ...ours, features: ['lease', 'lease'] };
    assert.deepEqual(negotiate(twice, twice).accepted?.features, ['lease']);
  });

  it('refuses another major, and says what to do in words that fit both sides', () => {
    assert.equal(
      negotiate(ours, { ...ours, major: 2 }).refusal,
      'protocol version 2 is newer than 1, which is needed; ' +
        'install the same osmofs on both sides (a VM gets it with its next start)',
    );
    assert.match(negotiate(ours, { ...ours, major: 0 }).refusal!, /version 0 is older than 1, which is needed/);
    assert.equal(refuseMajor(3, 3), undefined);
  });

  it('refuses limits that nothing fits into', () => {
    const small = (maxMessage: number, maxPages: number) =>
      negotiate(ours, { ...ours, limits: { maxMessage, maxPages } });
    assert.match(small(LEAST_MESSAGE - 1, 256).refusal!, /131071 bytes are too small: at least 131072/);
    assert.match(small(2 ** 20, 0).refusal!, /at least 1 is needed/);
    assert.ok(small(LEAST_MESSAGE, 1).accepted);
  });

  it('has room for the largest WRITE', () => {
    assert.ok(fuse_in_header.size + fuse_write_in.size + MAX_IO <= MAX_MESSAGE);
  });
});
