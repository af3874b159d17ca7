import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import type { MountRequest } from '../../../host/api.js';
import { Problem } from '../../../host/problem.js';
import type { Mount as MountMessage } from '../../../protocol/control.js';
import { Errno } from '../../../protocol/errno.js';
import { world } from './mounts-world.js';
import { problem } from './problems.js';
import { makeDirectory, makeFile, makeLink } from './scratch-directory.js';

describe('host/mounts: a mount', () => {
  const { state, at, request } = world();

  it('is set up with what was asked for, resolved', async () => {
    fs.symlinkSync('src', at('link'));
    fs.symlinkSync('dst', at('there'));
    let message: MountMessage | undefined;
    state.session.onMount = async (sent) => {
      message = sent;
      assert.equal(state.mounts.list[0]!.view.state, 'mounting');
      state.expected.get(sent.mountId)!.attach('meta', 0, false);
      return {};
    };
    const asked = {
      source: at('link'),
      target: at('there'),
      consistency: 'cached',
      ownership: 'strict',
      uid: 5,
      readOnly: true,
    } as const;
    const view = await state.mounts.add(asked);
    assert.deepEqual(
      { ...view, since: '' },
      {
        id: 1,
        name: 'src',
        source: at('src'),
        target: at('dst'),
        guest: 'local',
        consistency: { requested: 'cached', granted: 'cached' },
        ownership: { kind: 'strict', uid: 5 },
        readOnly: true,
        state: 'mounted',
        since: '',
      },
    );
    assert.equal(Buffer.from(message!.target).toString(), at('dst'));
    assert.equal(message!.source, at('src'));
    assert.deepEqual([message!.userXattrsOnly, message!.flushForLocksOnly], [true, false], 'as its server grants');
    assert.ok(message!.readOnly && message!.defaultPermissions);
    const [served] = state.served;
    assert.deepEqual(served!.options.root, at('src'));
    assert.deepEqual(served!.lanes, ['meta']);
    assert.deepEqual(
      state.remembered.map(({ name }) => name),
      ['src'],
    );
  });

  it('takes what is not said from the configuration, and what that does not say from the product', async () => {
    assert.deepEqual((await state.mounts.add(request())).consistency, { requested: 'default', granted: 'default' });
    state.config = { defaults: { consistency: 'delegated', ownership: 'host', readOnly: true } };
    const view = await state.mounts.add(request({ source: at('other'), target: at('dst2'), readOnly: false }));
    assert.deepEqual([view.consistency.requested, view.ownership.kind, view.readOnly], ['delegated', 'host', false]);
  });

  it('has a name of its own', async () => {
    assert.equal((await state.mounts.add(request())).name, 'src');
    assert.equal((await state.mounts.add(request({ target: at('dst2') }))).name, 'src-2');
  });

  it('gets its place only once, also when two ask at the same time', async () => {
    const results = await Promise.allSettled([
      state.mounts.add(request()),
      state.mounts.add(request({ source: at('other') })),
    ]);
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    const { reason } = results.find((result) => result.status === 'rejected') as PromiseRejectedResult;
    problem('conflict', 'already a mount point')(reason);
    assert.equal(state.mounts.list.length, 1);
  });
});

describe('host/mounts: what is refused', () => {
  const { state, at, request, assertNothingLeft } = world();
  const refused: [what: string, prepare: () => Partial<MountRequest>, code: Problem['code'], says: string][] = [
    ['a missing source', () => ({ source: at('gone') }), 'bad-source', 'gone: no such directory. Create it: mkdir -p'],
    ['a file as source', () => ({ source: makeFile(at('f')) }), 'bad-source', 'f: not a directory'],
    [
      'a source outside',
      () => ({ source: '/usr' }),
      'not-shared',
      '/usr: not shared from the host. Share it first: osmofs share add /usr',
    ],
    [
      'a source that a link leads outside to',
      () => ({ source: makeLink(at('usr'), '/usr') }),
      'not-shared',
      'usr: not shared from the host',
    ],
    ['a missing target', () => ({ target: at('gone') }), 'bad-target', 'gone: no such directory. Create it: mkdir -p'],
    ['a file as target', () => ({ target: makeFile(at('f')) }), 'bad-target', 'f: not a directory'],
    ['a target that is not empty', () => ({ target: dirname(makeFile(at('dst/f'))) }), 'bad-target', 'dst: not empty.'],
    ['a target that is a mount point', () => ({ target: '/proc' }), 'bad-target', '/proc: already a mount point'],
    ['a target in the source', () => ({ target: makeDirectory(at('src/in')) }), 'conflict', 'inside its own source'],
    ['a bad name', () => ({ name: 'a b' }), 'usage', 'a b: not a valid name'],
    [
      'a uid where owners are the host’s',
      () => ({ ownership: 'host', uid: 1 }),
      'usage',
      'no meaning with ownership=host',
    ],
    [
      'a guest that is not there',
      () => {
        state.noSession = new Problem('not-found', 'vm', 'no such guest is connected');
        return { guest: 'vm' };
      },
      'not-found',
      'vm: no such guest',
    ],
  ];
  for (const [what, prepare, code, says] of refused) {
    it(`${what}, and nothing is left`, async () => {
      await assert.rejects(state.mounts.add(request(prepare())), problem(code, says));
      assertNothingLeft();
      assert.deepEqual(state.session.messages, []);
    });
  }

  it('a directory that is not empty can be covered all the same', async () => {
    fs.writeFileSync(at('dst/f'), '');
    assert.equal((await state.mounts.add(request({ nonempty: true }))).state, 'mounted');
  });
});

describe('host/mounts: a failure on the way leaves nothing', () => {
  const { state, at, request, assertNothingLeft } = world();

  it('when the root cannot be opened', async () => {
    state.prepare = (served) => {
      served.failure = new Error('EACCES');
    };
    await assert.rejects(state.mounts.add(request()), /EACCES/);
    assert.deepEqual(state.session.messages, []);
    assertNothingLeft();
  });

  it('when the agent cannot mount', async () => {
    state.session.onMount = async () => ({ errno: Errno.EPERM, message: 'mount: not permitted' });
    await assert.rejects(state.mounts.add(request()), problem('guest-failed', `${at('dst')}: mount: not permitted`));
    assertNothingLeft();
  });

  it('when the agent does not answer; should the mount come about later, it is undone', async () => {
    state.session.onMount = async () => {
      throw new Problem('timed-out', 'guest local', 'no answer');
    };
    await assert.rejects(state.mounts.add(request()), problem('timed-out'));
    assert.deepEqual(state.session.messages, ['mount 1', 'unmount 1 lazily']);
    assertNothingLeft();
  });

  it('when the agent dies', async () => {
    state.session.onMount = async () => {
      state.session.die('killed');
      throw new Problem('guest-failed', 'guest local', 'its agent is gone');
    };
    await assert.rejects(state.mounts.add(request()), problem('guest-failed', 'its agent is gone'));
    assertNothingLeft();
    assert.deepEqual(state.cleared, [`local ${at('dst')}`]);
  });

  it('when a lane cannot be served', async () => {
    state.session.onMount = async ({ mountId }) => {
      state.served[0]!.attachLane = () => {
        throw new Error('EMFILE: too many open files');
      };
      state.expected.get(mountId)!.attach('data', 0, false);
      return { errno: Errno.EIO, message: 'the daemon closed the connection' };
    };
    await assert.rejects(state.mounts.add(request()), problem('guest-failed'));
    assertNothingLeft();
  });

  it('when the server ends meanwhile', async () => {
    state.session.onMount = async () => {
      await state.served[0]!.end('out of memory');
      return {};
    };
    await assert.rejects(state.mounts.add(request()), problem('guest-failed', 'it ended while it was being mounted'));
    assert.deepEqual(state.session.messages, ['mount 1', 'unmount 1 lazily']);
    assertNothingLeft();
  });

  it('and its place can be taken again', async () => {
    state.session.onMount = async () => ({ errno: Errno.EIO });
    await assert.rejects(state.mounts.add(request()));
    state.session.onMount = async () => ({});
    assert.equal((await state.mounts.add(request())).name, 'src');
  });
});
