import assert from 'node:assert/strict';
import { CONSISTENCY_MODES, grant } from '../../../host/cache/policy.js';
import { agree, capabilities } from '../../../host/capabilities.js';
import { hasInitFlag, InitFlag, initFlagNames } from '../../../protocol/fuse/flags.js';

describe('what INIT agrees on', () => {
  it('has exactly one row, with a reason, for every flag of the protocol', () => {
    assert.deepEqual(capabilities.map((row) => row.flag).sort(), Object.keys(InitFlag).sort());
    for (const row of capabilities) assert.ok(row.reason.length > 0, row.flag);
  });

  it('never accepts what the kernel did not offer', () => {
    const { flags, flags2 } = agree(grant('consistent', true), 1, 0);
    assert.deepEqual(initFlagNames(flags, flags2), ['FUSE_ASYNC_READ']);
  });

  it('accepts everything wanted of a kernel that offers all, and nothing refused', () => {
    for (const policy of [grant('consistent', true), grant('cached', true)]) {
      const { flags, flags2 } = agree(policy, 0xffff_ffff, 0xffff_ffff);
      for (const { flag, want } of capabilities) {
        const wanted = typeof want === 'function' ? want(policy) : want;
        assert.equal(hasInitFlag(flags, flags2, InitFlag[flag]), wanted, flag);
      }
    }
  });

  it('keeps nothing in the guest in any mode where it cannot be told of changes by the host', () => {
    for (const mode of CONSISTENCY_MODES) {
      const policy = grant(mode, false);
      assert.equal(policy.requested, mode);
      assert.equal(policy.granted, mode === 'default' ? 'default' : 'consistent');
      assert.deepEqual([policy.entryValid, policy.attrValid, policy.negativeValid], [0, 0, 0]);
    }
  });

  it('keeps something where it can, but never in consistent and default', () => {
    assert.ok(grant('cached', true).entryValid > 0);
    for (const mode of ['consistent', 'default'] as const) {
      const policy = grant(mode, true);
      assert.deepEqual([policy.granted, policy.entryValid, policy.attrValid, policy.openFlags], [mode, 0, 0, 0]);
    }
  });
});
