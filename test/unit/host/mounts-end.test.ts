import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import type { Mounts } from '../../../host/mounts.js';
import { Problem } from '../../../host/problem.js';
import { Errno } from '../../../protocol/errno.js';
import { world } from './mounts-world.js';
import { problem } from './problems.js';

describe('host/mounts: the end of a mount', () => {
  const { state, at, request, assertNothingLeft } = world();
  const remove = (select: Parameters<Mounts['remove']>[0]['select'], lazy = false) =>
    state.mounts.remove({ select, lazy });

  it('is asked for by name, by target, by the target as it was given', async () => {
    fs.symlinkSync('dst', at('link'));
    for (const select of [{ name: 'src', target: '/nowhere' }, { target: at('dst') }, { target: at('link') }]) {
      await state.mounts.add(request({ target: at('link') }));
      assert.deepEqual(
        (await remove(select)).map(({ name }) => name),
        ['src'],
      );
      assertNothingLeft();
    }
  });

  it('is asked for all, the last one first', async () => {
    await state.mounts.add(request());
    await state.mounts.add(request({ source: at('other'), target: at('dst2') }));
    assert.deepEqual(
      (await remove('all')).map(({ name }) => name),
      ['other', 'src'],
    );
    assertNothingLeft();
    assert.deepEqual(await remove('all'), [], 'nothing to do is no failure');
  });

  it('is not found where there is no mount', async () => {
    await assert.rejects(remove({ target: at('dst') }), problem('not-found', `${at('dst')}: no osmofs mount`));
    await assert.rejects(remove({ name: 'web', target: '/work/web' }), problem('not-found', 'web: no osmofs mount'));
  });

  it('is refused while it is busy, and the mount goes on', async () => {
    await state.mounts.add(request());
    state.session.onUnmount = async () => ({ errno: Errno.EBUSY, message: 'target is busy' });
    await assert.rejects(remove({ target: at('dst') }), problem('busy', 'osmofs umount --lazy src'));
    assert.deepEqual(
      state.mounts.list.map(({ state }) => state),
      ['mounted'],
    );
    assert.equal(state.served[0]!.reason, undefined);
  });

  it('of one that is busy does not keep the others', async () => {
    await state.mounts.add(request());
    await state.mounts.add(request({ source: at('other'), target: at('dst2') }));
    state.session.onUnmount = async (id) => (id === 2 ? { errno: Errno.EBUSY } : {});
    await assert.rejects(remove('all'), problem('busy'));
    assert.deepEqual(
      state.mounts.list.map(({ name }) => name),
      ['other'],
    );
  });

  it('comes later for a detached one, whose place is free at once', async () => {
    await state.mounts.add(request());
    state.session.onUnmount = async () => ({ message: 'it is still used' });
    await remove({ target: at('dst') }, true);
    assert.deepEqual(
      state.mounts.list.map(({ state }) => state),
      ['detached'],
    );
    assert.equal(state.served[0]!.reason, undefined, 'open files are served');
    await state.mounts.add(request());
    state.session.emit('mountEnded', 1, 'it was unmounted');
    await state.mounts.active[0]!.end('');
    assert.deepEqual(
      state.mounts.list.map(({ id }) => id),
      [2],
    );
    assert.equal(state.served[0]!.reason, 'it was unmounted');
  });

  it('by somebody else’s umount is noticed', async () => {
    await state.mounts.add(request());
    const [mount] = state.mounts.active;
    state.session.emit('mountEnded', 1, '');
    await mount!.end('');
    assert.deepEqual(state.session.messages, ['mount 1'], 'the guest need not be told');
    assertNothingLeft();
  });

  it('by the end of its server takes it out of the guest', async () => {
    await state.mounts.add(request());
    const [mount] = state.mounts.active;
    await state.served[0]!.end('a message broke the protocol');
    await mount!.end('');
    assert.deepEqual(state.session.messages, ['mount 1', 'unmount 1 lazily']);
    assertNothingLeft();
  });

  it('by the death of the agent, seen first by the server, has what it left cleared away', async () => {
    await state.mounts.add(request());
    const [mount] = state.mounts.active;
    state.session.onUnmount = async () => {
      state.session.die('killed');
      throw new Problem('guest-failed', 'guest local', 'its agent is gone');
    };
    await state.served[0]!.end('the guest closed the connection');
    await mount!.end('');
    assert.deepEqual(state.cleared, [`local ${at('dst')}`]);
    assertNothingLeft();
  });

  it('by the death of the agent has what it left cleared away', async () => {
    await state.mounts.add(request());
    const [mount] = state.mounts.active;
    state.session.die('killed');
    await mount!.end('');
    assert.deepEqual(state.cleared, [`local ${at('dst')}`]);
    assertNothingLeft();
  });

  it('is not disturbed by the news that it came', async () => {
    await state.mounts.add(request());
    state.session.onUnmount = async (id) => {
      state.session.emit('mountEnded', id, 'it was unmounted');
      return {};
    };
    assert.equal((await remove({ target: at('dst') })).length, 1);
    assertNothingLeft();
  });

  it('counts as reached when the agent knows no such mount', async () => {
    await state.mounts.add(request());
    state.session.onUnmount = async () => ({ errno: Errno.ENOENT, message: 'there is no mount 1' });
    await remove({ target: at('dst') });
    assertNothingLeft();
  });
});

describe('host/mounts: the end of the daemon', () => {
  const { state, at, request, assertNothingLeft } = world();

  it('is refused while one is busy; nothing is closed for good', async () => {
    await state.mounts.add(request());
    state.session.onUnmount = async () => ({ errno: Errno.EBUSY });
    await assert.rejects(state.mounts.close(false), problem('busy'));
    await state.mounts.add(request({ source: at('other'), target: at('dst2') }));
  });

  it('detaches what is busy if it must, and ends all servers', async () => {
    await state.mounts.add(request());
    state.session.onUnmount = async (_, lazy) => (lazy ? { message: 'it is still used' } : { errno: Errno.EBUSY });
    assert.deepEqual(await state.mounts.close(true), ['src']);
    assertNothingLeft();
    await assert.rejects(state.mounts.add(request()), problem('not-running', 'it is ending'));
  });

  it('waits for mounts that are being made', async () => {
    let finish: (reply: object) => void = () => {};
    const asked = new Promise<void>((resolve) => {
      state.session.onMount = () => {
        resolve();
        return new Promise((answer) => {
          finish = answer;
        });
      };
    });
    const adding = state.mounts.add(request());
    await asked;
    const closing = state.mounts.close(false);
    finish({});
    await adding;
    assert.deepEqual(await closing, ['src']);
    assertNothingLeft();
  });
});
