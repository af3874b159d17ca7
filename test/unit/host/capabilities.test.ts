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
    const { flags, flags2 } = agree(grant('consistent'), 1, 0);
    assert.deepEqual(initFlagNames(flags, flags2), ['FUSE_ASYNC_READ']);
  });

  it('accepts everything wanted of a kernel that offers all, and nothing refused', () => {
    const policy = grant('consistent');
    const { flags, flags2 } = agree(policy, 0xffff_ffff, 0xffff_ffff);
    for (const { flag, want } of capabilities) {
      const wanted = typeof want === 'function' ? want(policy) : want;
      assert.equal(hasInitFlag(flags, flags2, InitFlag[flag]), wanted, flag);
    }
  });

  it('keeps nothing in the guest in any mode as long as the host is not watched', () => {
    for (const mode of CONSISTENCY_MODES) {
      const policy = grant(mode);
      assert.equal(policy.requested, mode);
      assert.equal(policy.granted, mode === 'default' ? 'default' : 'consistent');
      assert.deepEqual([policy.entryValid, policy.attrValid, policy.negativeValid], [0, 0, 0]);
    }
  });
});
