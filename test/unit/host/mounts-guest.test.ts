import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { Mounts } from '../../../host/mounts.js';
import { Problem } from '../../../host/problem.js';
import { world } from './mounts-world.js';
import { problem } from './problems.js';

describe('host/mounts: of guests', () => {
  const { state, at, request, assertNothingLeft } = world();
  const vm = (more: object = {}) => request({ guest: 'vm', target: '/mnt/site', ...more });
  const seen = () => state.mounts.list.map(({ name, state: is }) => `${name} ${is}`);
  const remove = (name: string) => state.mounts.remove({ select: { name, target: `/${name}` }, lazy: false });
  const file = () => JSON.parse(fs.readFileSync(at('guest-mounts.json'), 'utf8'));

  it('are refused for a guest nobody knows, with the way out', async () => {
    await assert.rejects(
      state.mounts.add(vm()),
      problem('not-found', /vm: no such guest/, /Start it: osmofs vm start vm/),
    );
    assertNothingLeft();
  });

  it('wait for a guest that does not run, and go to it when its agent connects', async () => {
    state.guests.set('vm', 'known');
    const view = await state.mounts.add(vm({ readOnly: true, consistency: 'cached' }));
    assert.deepEqual([view.state, view.target, view.guest], ['deferred', '/mnt/site', 'vm']);
    assert.deepEqual(state.session.messages, []);
    state.guests.set('vm', 'connected');
    await state.mounts.restore('vm');
    assert.deepEqual(seen(), ['src mounted']);
    assert.equal(state.served[0]!.options.readOnly, true);
    assert.equal(state.served[0]!.options.mode, 'cached');
  });

  it('are not made twice, however often an agent is said to have connected', async () => {
    state.guests.set('vm', 'connected');
    await state.mounts.add(vm());
    await Promise.all([state.mounts.restore('vm'), state.mounts.restore('vm')]);
    assert.deepEqual(state.session.messages, ['mount 1']);
  });

  it('keep their names and places while they wait', async () => {
    state.guests.set('vm', 'known');
    state.guests.set('other', 'known');
    await state.mounts.add(vm({ name: 'site' }));
    await assert.rejects(state.mounts.add(vm({ name: 'second' })), problem('conflict', /already a mount point/));
    await assert.rejects(state.mounts.add(vm({ name: 'site', target: '/b' })), problem('conflict', /of that name/));
    await state.mounts.add(vm({ name: 'same-place-elsewhere', guest: 'other' }));
    assert.deepEqual(seen(), ['site deferred', 'same-place-elsewhere deferred']);
  });

  it('are gone for good when they are taken away while they wait', async () => {
    state.guests.set('vm', 'known');
    await state.mounts.add(vm());
    const gone = await remove('src');
    assert.deepEqual(
      gone.map(({ name }) => name),
      ['src'],
    );
    await state.mounts.restore('vm');
    assert.ok(!fs.existsSync(at('guest-mounts.json')));
    assertNothingLeft();
  });

  it('are gone for good when they are taken away while they are there', async () => {
    state.guests.set('vm', 'connected');
    await state.mounts.add(vm());
    await remove('src');
    await state.mounts.restore('vm');
    assert.deepEqual(state.session.messages, ['mount 1', 'unmount 1']);
    assertNothingLeft();
  });

  it('stay if they cannot be taken away', async () => {
    state.guests.set('vm', 'connected');
    await state.mounts.add(vm());
    state.session.onUnmount = async () => ({ errno: 16 });
    await assert.rejects(remove('src'), problem('busy', /busy/));
    assert.equal(file().length, 1);
  });

  it('wait again when the agent dies, and come back with the next one', async () => {
    state.guests.set('vm', 'connected');
    await state.mounts.add(vm());
    const dead = state.session;
    state.session = new (dead.constructor as new () => typeof dead)();
    dead.die('killed');
    // The news of the next agent may come before the end of the old one has been dealt with.
    await state.mounts.restore('vm');
    assert.deepEqual(seen(), ['src mounted']);
    assert.deepEqual(state.session.messages, ['mount 2']);
    assert.equal(state.served[0]!.reason, 'the agent is gone: killed');
  });

  it('say why the guest could not have one, and try again with the next agent', async () => {
    state.guests.set('vm', 'known');
    await state.mounts.add(vm());
    await state.mounts.add(vm({ source: at('other'), target: '/other' }));
    state.session.onMount = async ({ target }) =>
      Buffer.from(target).toString() === '/other' ? {} : { errno: 20, message: 'it is not a directory' };
    await state.mounts.restore('vm');
    const views = state.mounts.list.map(({ view }) => [view.name, view.state, view.problem]);
    assert.deepEqual(views.sort(), [
      ['other', 'mounted', undefined],
      ['src', 'deferred', '/mnt/site: it is not a directory'],
    ]);
    state.session.onMount = async () => ({});
    await state.mounts.restore('vm');
    assert.deepEqual(seen().sort(), ['other mounted', 'src mounted']);
  });

  it('are not given to a guest once their directory is not shared any more', async () => {
    state.guests.set('vm', 'known');
    await state.mounts.add(vm());
    fs.rmdirSync(at('src'));
    await state.mounts.restore('vm');
    assert.match(state.mounts.list[0]!.view.problem!, /src: no such directory/);
    assert.deepEqual(state.session.messages, []);
  });

  it('are remembered by the next daemon, with everything that was said of them', async () => {
    state.guests.set('vm', 'connected');
    await state.mounts.add(vm({ ownership: 'strict', uid: 7, consistency: 'cached', name: 'site' }));
    const before = state.mounts.list[0]!.view;
    await state.mounts.close(true);
    assert.deepEqual(file(), [
      {
        name: 'site',
        guest: 'vm',
        source: at('src'),
        target: '/mnt/site',
        consistency: 'cached',
        ownership: { kind: 'strict', uid: 7 },
        readOnly: false,
      },
    ]);
    const next = new Mounts(state.options());
    const after = next.list[0]!.view;
    assert.deepEqual({ ...after, since: '', id: 0 }, { ...before, since: '', id: 0, state: 'deferred' });
    await next.restore('vm');
    assert.equal(next.list[0]!.view.state, 'mounted');
    await next.close(true);
  });

  it('of this machine are not remembered', async () => {
    await state.mounts.add(request());
    assert.ok(!fs.existsSync(at('guest-mounts.json')));
  });

  it('are forgotten with a guest that is gone for good', async () => {
    state.guests.set('vm', 'known');
    state.guests.set('other', 'known');
    await state.mounts.add(vm());
    await state.mounts.add(vm({ guest: 'other', name: 'kept' }));
    state.mounts.forget('vm');
    assert.deepEqual(seen(), ['kept deferred']);
  });

  it('need a name where two guests have a mount at one path', async () => {
    state.guests.set('vm', 'known');
    state.guests.set('other', 'known');
    await state.mounts.add(vm({ name: 'one' }));
    await state.mounts.add(vm({ name: 'two', guest: 'other' }));
    const both = state.mounts.remove({ select: { target: '/mnt/site' }, lazy: false });
    await assert.rejects(both, problem('conflict', /one in vm, two in other/, /Say its name/));
    await remove('two');
    assert.deepEqual(seen(), ['one deferred']);
  });

  for (const [what, text] of [
    ['no JSON', 'mounts!'],
    ['a mount without a guest', '[{"name":"x"}]'],
    ['a relative target', JSON.stringify([{ name: 'x', guest: 'vm', source: '/a', target: 'b' }])],
  ] as const) {
    it(`start empty, and say so, where the file has ${what}`, () => {
      fs.writeFileSync(at('guest-mounts.json'), text);
      const said: string[] = [];
      const mounts = new Mounts({ ...state.options(), log: (_, line) => said.push(line) });
      assert.deepEqual(mounts.list, []);
      assert.match(said.join(), /guest-mounts.json is of no use/);
    });
  }

  it('are problems, not defects, when they fail', async () => {
    state.guests.set('vm', 'connected');
    state.session.onMount = async () => ({ errno: 5, message: 'no' });
    await assert.rejects(state.mounts.add(vm()), (error) => error instanceof Problem);
    assertNothingLeft();
  });
});
