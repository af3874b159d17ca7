import assert from 'node:assert/strict';
import type { Consistency } from '../../../host/mount-options.js';
import type { Mount as MountMessage } from '../../../protocol/control.js';
import { Errno } from '../../../protocol/errno.js';
import { ANNOUNCEMENTS_FEATURE } from '../../../protocol/version.js';
import { world } from './mounts-world.js';
import { problem } from './problems.js';

describe('host/mounts: what is written behind', () => {
  const { state, at, request, assertNothingLeft } = world();
  let told: MountMessage | undefined;
  beforeEach(() => {
    state.session.onMount = async (message) => {
      told = message;
      return {};
    };
  });
  const add = (consistency: Consistency, readOnly = false) => state.mounts.add(request({ consistency, readOnly }));
  const remove = (lazy = false) => state.mounts.remove({ select: { target: at('dst') }, lazy });
  const failed = async () => ({ errno: Errno.ENOSPC, message: 'not everything could be kept: no space left' });

  it('is granted to the agent in delegated, where it may write', async () => {
    for (const [mode, readOnly, granted, behind] of [
      ['delegated', false, 'delegated', true],
      ['delegated', true, 'cached', false],
      ['cached', false, 'cached', false],
      ['consistent', false, 'consistent', false],
    ] as const) {
      const view = await add(mode, readOnly);
      assert.deepEqual([view.consistency.granted, told!.writeBehind], [granted, behind], `${mode} ${readOnly}`);
      await remove();
    }
  });

  it('is not granted to an agent that cannot', async () => {
    state.session.agreed.features.splice(0, 2, ANNOUNCEMENTS_FEATURE);
    const view = await add('delegated');
    assert.deepEqual([view.consistency.requested, view.consistency.granted], ['delegated', 'cached']);
    assert.ok(!told!.writeBehind);
    await remove();
    assert.deepEqual(state.session.messages, ['mount 1', 'unmount 1'], 'and it is not asked to drain');
  });

  it('is drained before an unmount, and only there', async () => {
    await add('delegated');
    await remove();
    await add('cached');
    await remove();
    assert.deepEqual(state.session.messages, ['mount 1', 'drain 1', 'unmount 1', 'mount 2', 'unmount 2']);
    assertNothingLeft();
  });

  it('refuses the unmount if it cannot be kept, and the mount goes on', async () => {
    await add('delegated');
    state.session.onDrain = failed;
    await assert.rejects(remove(), problem('guest-failed', 'no space left'));
    assert.deepEqual(
      state.mounts.list.map(({ state }) => state),
      ['mounted'],
    );
    assert.deepEqual(state.session.messages, ['mount 1', 'drain 1']);
    state.session.onDrain = async () => ({});
    await remove();
    assertNothingLeft();
  });

  it('does not keep a mount from being detached', async () => {
    await add('delegated');
    state.session.onDrain = failed;
    await remove(true);
    assert.deepEqual(state.session.messages, ['mount 1', 'drain 1', 'unmount 1 lazily']);
    assertNothingLeft();
  });

  it('can be drained by whoever ends a container', async () => {
    await add('delegated');
    const [mount] = state.mounts.active;
    await mount!.drain();
    state.session.onDrain = failed;
    await assert.rejects(mount!.drain(), problem('guest-failed', 'no space left'));
    state.session.onDrain = async () => ({ errno: Errno.ENOENT, message: 'there is no such mount' });
    await mount!.drain();
    assert.equal(mount!.state, 'mounted');
  });
});
