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
    const { flags, flags2 } = agree(grant('consistent', true, true), 1, 0);
    assert.deepEqual(initFlagNames(flags, flags2), ['FUSE_ASYNC_READ']);
  });

  it('accepts everything wanted of a kernel that offers all, and nothing refused', () => {
    for (const policy of CONSISTENCY_MODES.map((mode) => grant(mode, true, true))) {
      const { flags, flags2 } = agree(policy, 0xffff_ffff, 0xffff_ffff);
      for (const { flag, want } of capabilities) {
        const wanted = typeof want === 'function' ? want(policy) : want;
        assert.equal(hasInitFlag(flags, flags2, InitFlag[flag]), wanted, flag);
      }
    }
  });

  it('keeps nothing in the guest in any mode where it cannot be told of changes by the host', () => {
    for (const mode of CONSISTENCY_MODES) {
      const policy = grant(mode, false, true);
      assert.equal(policy.requested, mode);
      assert.equal(policy.granted, mode === 'default' ? 'default' : 'consistent');
      assert.deepEqual([policy.entryValid, policy.attrValid, policy.negativeValid], [0, 0, 0]);
    }
  });

  it('keeps something where it can, but never in consistent and default', () => {
    assert.ok(grant('cached', true, true).entryValid > 0);
    for (const mode of ['consistent', 'default'] as const) {
      const policy = grant(mode, true, true);
      assert.deepEqual([policy.granted, policy.entryValid, policy.attrValid, policy.openFlags], [mode, 0, 0, 0]);
    }
  });

  it('lets the agent write behind in delegated only, which is else as cached, but for opening and closing', () => {
    const { requested: _, granted, writeBehind, noOpen, ...kept } = grant('delegated', true, true);
    assert.deepEqual([granted, writeBehind, noOpen], ['delegated', true, false]);
    const { requested: __, granted: ___, writeBehind: not, noOpen: open, ...same } = grant('cached', true, true);
    assert.deepEqual([kept, not, open], [same, false, true]);
    for (const mode of ['consistent', 'default'] as const) assert.ok(!grant(mode, true, true).writeBehind);
    assert.ok(!grant('delegated', false, true).writeBehind, 'nor where it is granted as consistent');
  });

  it('agrees on locks and on truncation at open(2) where the guest opens by request', () => {
    const flags = ['FUSE_POSIX_LOCKS', 'FUSE_FLOCK_LOCKS', 'FUSE_ATOMIC_O_TRUNC'] as const;
    for (const [mode, agreed] of [
      ['delegated', true],
      ['cached', false],
    ] as const) {
      const { flags: first } = agree(grant(mode, true, true), 0xffff_ffff, 0xffff_ffff);
      for (const flag of flags) assert.equal(hasInitFlag(first, 0, InitFlag[flag]), agreed, `${mode} ${flag}`);
      assert.equal(hasInitFlag(first, 0, InitFlag.FUSE_NO_OPEN_SUPPORT), !agreed, mode);
    }
  });

  it('never has the kernel keep what is dirty: a size and times of its own would hide those of the host', () => {
    for (const mode of CONSISTENCY_MODES) {
      const { flags } = agree(grant(mode, true, true), 0xffff_ffff, 0xffff_ffff);
      assert.ok(!hasInitFlag(flags, 0, InitFlag.FUSE_WRITEBACK_CACHE), mode);
    }
  });

  it('is cached where nobody can write behind; other modes are what they are', () => {
    const { requested, ...policy } = grant('delegated', true, false);
    const { requested: _, ...cached } = grant('cached', true, false);
    assert.equal(requested, 'delegated');
    assert.deepEqual(policy, cached);
    for (const mode of ['consistent', 'default', 'cached'] as const)
      assert.deepEqual(grant(mode, true, false), grant(mode, true, true));
  });
});
