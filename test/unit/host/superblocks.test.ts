/** Mounts of a guest whose agent shows parts of superblocks; agent and servers are in the hands of the test. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { Problem } from '../../../host/problem.js';
import { Errno } from '../../../protocol/errno.js';
import { ANNOUNCEMENTS_FEATURE } from '../../../protocol/version.js';
import { world } from './mounts-world.js';
import { problem } from './problems.js';

describe('host/superblocks', () => {
  const { state, at, request, assertNothingLeft } = world();
  const seen = () => state.mounts.list.map(({ name, state: is }) => `${name} ${is}`);
  /** Of a directory of the share root, which is the scratch directory. */
  const add = (name: string, more: object = {}) =>
    state.mounts.add(request({ source: at(name), guest: 'vm', target: `/${name}`, name, ...more }));
  const remove = (name: string, lazy = false) => state.mounts.remove({ select: { name, target: `/${name}` }, lazy });

  beforeEach(() => {
    state.guests.set('vm', 'connected');
    state.binds.add('vm');
    fs.mkdirSync(at('src/deep'));
  });

  it('one for all mounts of a share root, out of sight and writable; each mount is a bind of its directory', async () => {
    let target = 'none';
    state.session.onMount = async (message) => {
      target = `${Buffer.from(message.target)}${message.readOnly ? ' read-only' : ''}`;
      return {};
    };
    await add('src');
    await add('other', { readOnly: true });
    await add('deep', { source: at('src/deep') });
    assert.deepEqual(state.session.messages, [
      'mount 2',
      'bind 1 of 2: src',
      'bind 3 of 2: other read-only',
      'bind 4 of 2: src/deep',
    ]);
    assert.equal(target, '');
    assert.equal(state.served.length, 1);
    assert.deepEqual(
      [state.served[0]!.options.root, state.served[0]!.options.readOnly],
      [fs.realpathSync(at('.')), false],
    );
    assert.deepEqual(seen(), ['src mounted', 'other mounted', 'deep mounted']);
    const root = fs.realpathSync(at('.'));
    assert.deepEqual(
      state.mounts.list.map(({ superblockId, servedRoot }) => [superblockId, servedRoot]),
      [2, 2, 2].map((id) => [id, root]),
    );
  });

  it('another one for mounts that write behind, not for a read-only one; and a bind of it is drained before it goes', async () => {
    const written: boolean[] = [];
    state.session.onMount = async ({ writeBehind }) => {
      written.push(writeBehind);
      return {};
    };
    await add('src', { consistency: 'cached' });
    await add('other', { consistency: 'delegated' });
    await add('deep', { source: at('src/deep'), consistency: 'delegated', readOnly: true });
    assert.deepEqual(written, [false, true]);
    assert.deepEqual(
      state.mounts.list.map(({ superblockId, view }) => [superblockId, view.consistency.granted]),
      [
        [2, 'cached'],
        [4, 'delegated'],
        [2, 'cached'],
      ],
    );
    state.session.messages.length = 0;
    state.session.onDrain = async () => ({ errno: Errno.ENOSPC, message: 'no room' });
    await assert.rejects(remove('other'), problem('guest-failed', 'no room'));
    assert.deepEqual(seen(), ['src mounted', 'other mounted', 'deep mounted']);
    state.session.onDrain = async () => ({});
    for (const name of ['other', 'deep', 'src']) await remove(name);
    assert.deepEqual(state.session.messages, [
      'drain 4',
      ...['drain 4', 'unmount 3', 'drain 4', 'unmount 4'],
      ...['unmount 5', 'unmount 1', 'unmount 2'],
    ]);
    assertNothingLeft();
  });

  it('is not another one for an agent that cannot write behind', async () => {
    state.session.agreed.features.splice(0, 2, ANNOUNCEMENTS_FEATURE);
    await add('src', { consistency: 'cached' });
    await add('other', { consistency: 'delegated' });
    assert.deepEqual(
      state.mounts.list.map(({ superblockId, view }) => [superblockId, view.consistency.granted]),
      [2, 2].map((id) => [id, 'cached']),
    );
  });

  it('the share root itself is a directory of it', async () => {
    await add('all', { source: at('.') });
    assert.deepEqual(state.session.messages, ['mount 2', 'bind 1 of 2: ']);
  });

  it('knows the directories that are shown, as long as they are', async () => {
    await add('src');
    await add('other');
    assert.deepEqual(
      state.served[0]!.shown.map((descriptor) => state.held.get(descriptor)),
      ['src', 'other'].map((name) => fs.realpathSync(at(name))),
    );
    await remove('src');
    assert.deepEqual([...state.held.values()], [fs.realpathSync(at('other'))]);
    await remove('other');
    assertNothingLeft();
  });

  it('another one where guest, ownership or user differ', async () => {
    state.guests.set('second', 'connected');
    state.binds.add('second');
    await add('src');
    await add('src', { name: 'strict', target: '/strict', ownership: 'strict' });
    await add('src', { name: 'user', target: '/user', ownership: 'strict', uid: 5 });
    await add('src', { name: 'elsewhere', guest: 'second' });
    assert.equal(state.served.length, 4);
    await add('src', { name: 'again', target: '/again', ownership: 'strict', uid: 5 });
    assert.equal(state.served.length, 4);
  });

  it('another one where another directory has taken the place of the share root', async () => {
    await add('src');
    fs.renameSync(at('.'), `${at('.')}-before`);
    fs.mkdirSync(at('src'), { recursive: true });
    try {
      await add('src', { name: 'new', target: '/new' });
      assert.equal(state.served.length, 2);
    } finally {
      fs.rmSync(`${at('.')}-before`, { recursive: true });
    }
  });

  it('none in a guest whose agent cannot, and none in this machine', async () => {
    state.guests.set('old', 'connected');
    await add('src', { guest: 'old' });
    await state.mounts.add(request());
    assert.deepEqual(state.session.messages, ['mount 1', 'mount 2']);
    assert.deepEqual(
      state.served.map(({ options }) => options.root),
      [fs.realpathSync(at('src')), fs.realpathSync(at('src'))],
    );
  });

  it('goes with the last mount', async () => {
    await add('src');
    await add('other');
    await remove('src');
    assert.deepEqual(state.session.messages.slice(-1), ['unmount 1']);
    assert.equal(state.served[0]!.reason, undefined);
    await remove('other');
    assert.deepEqual(state.session.messages.slice(-2), ['unmount 3', 'unmount 2']);
    assertNothingLeft();
  });

  it('is made once for those that come together, and is there for those that come while it goes', async () => {
    await Promise.all([add('src'), add('other')]);
    assert.equal(state.served.length, 1);
    const going = Promise.all([remove('src'), remove('other')]);
    await add('deep', { source: at('src/deep') });
    await going;
    assert.deepEqual(seen(), ['deep mounted']);
    await remove('deep');
    assertNothingLeft();
  });

  it('stays with a mount that is busy', async () => {
    await add('src');
    state.session.onUnmount = async () => ({ errno: 16 });
    await assert.rejects(remove('src'), problem('busy', /busy/, /umount --lazy src/));
    assert.deepEqual(seen(), ['src mounted']);
    assert.equal(state.served[0]!.reason, undefined);
    state.session.onUnmount = async () => ({});
    await remove('src');
    assertNothingLeft();
  });

  it('keeps the last mount as detached while programs use it, and newcomers get another one', async () => {
    await add('src');
    // Of the superblock, the second one.
    state.session.onUnmount = async (id) => (id === 2 ? { message: 'it is still used' } : {});
    await remove('src', true);
    assert.deepEqual(seen(), ['src detached']);
    await add('src');
    assert.deepEqual(seen(), ['src detached', 'src mounted']);
    assert.equal(state.served.length, 2);
    state.session.emit('mountEnded', 2, '');
    await new Promise(setImmediate);
    assert.deepEqual(seen(), ['src mounted']);
    state.session.onUnmount = async () => ({});
    await remove('src');
    assertNothingLeft();
  });

  it('goes where somebody in the guest has unmounted the last mount', async () => {
    await add('src');
    await add('other');
    state.session.emit('mountEnded', 1, '');
    await new Promise(setImmediate);
    assert.deepEqual(seen(), ['other mounted', 'src deferred']);
    state.session.emit('mountEnded', 3, '');
    await new Promise(setImmediate);
    assert.deepEqual(state.session.messages.slice(-1), ['unmount 2']);
    assert.ok(state.served[0]!.reason !== undefined);
  });

  it('takes its mounts along when it ends', async () => {
    await add('src');
    await add('other');
    await state.served[0]!.end('a violation');
    await new Promise(setImmediate);
    assert.deepEqual(seen(), ['src deferred', 'other deferred']);
    assert.equal(state.held.size, 0);
    await state.mounts.restore('vm');
    assert.deepEqual(seen(), ['src mounted', 'other mounted']);
    assert.equal(state.served.length, 2);
  });

  it('comes back with its mounts when the agent dies', async () => {
    await add('src');
    await add('other', { readOnly: true });
    const dead = state.session;
    state.session = new (dead.constructor as new () => typeof dead)();
    dead.die('killed');
    await state.mounts.restore('vm');
    assert.deepEqual(seen(), ['src mounted', 'other mounted']);
    assert.deepEqual(
      state.session.messages.map((message) => message.replace(/\d+/g, 'N')),
      ['mount N', 'bind N of N: src', 'bind N of N: other read-only'],
    );
    await remove('src');
    await remove('other');
    assertNothingLeft();
  });

  it('leaves nothing where it cannot be mounted, and where it cannot be shown', async () => {
    state.session.onMount = async () => ({ errno: 19, message: 'no FUSE' });
    await assert.rejects(add('src'), problem('guest-failed', /superblock of .* in vm: no FUSE/));
    assertNothingLeft();
    state.session.onMount = async () => ({});
    state.session.onBind = async () => ({ errno: 20, message: 'cannot show the directory there' });
    await assert.rejects(add('src'), problem('guest-failed', /\/src: cannot show/));
    assertNothingLeft();
  });

  it('takes a bind back whose answer never came', async () => {
    state.session.onBind = async () => {
      throw new Problem('timed-out', 'vm', 'no answer', '');
    };
    await assert.rejects(add('src'), problem('timed-out', /no answer/));
    assert.ok(state.session.messages.includes('unmount 1 lazily'));
    assertNothingLeft();
  });

  it('ends with the daemon', async () => {
    await add('src');
    await add('other');
    assert.deepEqual((await state.mounts.close(false)).sort(), ['other', 'src']);
    assert.deepEqual(state.session.messages.slice(-3).sort(), ['unmount 1', 'unmount 2', 'unmount 3']);
    assert.ok(state.served[0]!.reason !== undefined);
    assert.equal(state.held.size, 0);
  });
});
