import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Served, ServedOptions } from '../../../host/active-mount.js';
import type { AgentSession } from '../../../host/agent-session.js';
import type { ExpectedLanes } from '../../../host/agents.js';
import type { Mount, MountRequest } from '../../../host/api.js';
import type { Config } from '../../../host/config.js';
import { DescriptorBudget } from '../../../host/descriptor-budget.js';
import { Mounts } from '../../../host/mounts.js';
import { Problem } from '../../../host/problem.js';
import { Shares } from '../../../host/shares.js';
import type { Mount as MountMessage, MountReply } from '../../../protocol/control.js';
import { Errno } from '../../../protocol/errno.js';
import { problem } from './problems.js';
import { scratchDirectory } from './scratch-directory.js';

const statistics = { requests: {}, errors: {}, nodes: 1, handles: 0, descriptors: 1, bytesRead: 0, bytesWritten: 0 };

class FakeServed extends EventEmitter<{ ended: [reason: string] }> implements Served {
  readonly lanes: string[] = [];
  reason: string | undefined;
  failure: Error | undefined;

  constructor(readonly options: ServedOptions) {
    super();
  }

  async open(): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
  }

  attachLane(kind: string): void {
    this.lanes.push(kind);
  }

  async statistics() {
    return statistics;
  }

  async end(reason: string): Promise<void> {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.emit('ended', reason);
  }
}

/** The agent of the local guest; answers as the test wants it to. */
class FakeSession extends EventEmitter<{ mountEnded: [id: number, reason: string]; ended: [reason: string] }> {
  readonly guest = 'local';
  ended = false;
  readonly messages: string[] = [];
  onMount: (message: MountMessage) => Promise<Partial<MountReply>> = async () => ({});
  onUnmount: (id: number, lazy: boolean) => Promise<Partial<MountReply>> = async () => ({});

  async mount(message: MountMessage): Promise<MountReply> {
    this.messages.push(`mount ${message.mountId}`);
    return { mountId: message.mountId, errno: 0, message: '', ...(await this.onMount(message)) };
  }

  async unmount(mountId: number, lazy: boolean): Promise<MountReply> {
    this.messages.push(`unmount ${mountId}${lazy ? ' lazily' : ''}`);
    return { mountId, errno: 0, message: '', ...(await this.onUnmount(mountId, lazy)) };
  }

  die(reason: string): void {
    this.ended = true;
    this.emit('ended', reason);
  }
}

function world() {
  const directory = scratchDirectory();
  const at = (name: string) => join(directory(), name);
  const state = {
    config: {} as Config,
    session: new FakeSession(),
    served: [] as FakeServed[],
    prepare: (_: FakeServed) => {},
    expected: new Map<number, ExpectedLanes>(),
    cleared: [] as string[],
    noSession: undefined as Problem | undefined,
    budget: new DescriptorBudget(256),
    mounts: undefined as unknown as Mounts,
    remembered: [] as readonly Mount[],
  };
  beforeEach(() => {
    for (const name of ['src', 'other', 'dst', 'dst2']) fs.mkdirSync(at(name));
    const fresh = {
      config: {},
      session: new FakeSession(),
      served: [],
      expected: new Map(),
      cleared: [],
      remembered: [],
    };
    Object.assign(state, fresh, { noSession: undefined, prepare: () => {}, budget: new DescriptorBudget(256) });
    state.mounts = new Mounts({
      shares: new Shares(at('config.json'), [directory()]),
      config: () => state.config,
      budget: state.budget,
      log: () => {},
      session: async () => {
        if (state.noSession !== undefined) throw state.noSession;
        return state.session as unknown as AgentSession;
      },
      expectLanes: (id, lanes) => {
        state.expected.set(id, lanes);
        return () => state.expected.delete(id);
      },
      serve: async (options) => {
        const served = new FakeServed(options);
        state.prepare(served);
        state.served.push(served);
        return served;
      },
      clearAway: async (guest, target) => {
        state.cleared.push(`${guest} ${target}`);
      },
      changed: (mounts) => {
        state.remembered = mounts;
      },
    });
  });
  const request = (more: Partial<MountRequest> = {}): MountRequest => ({
    source: at('src'),
    target: at('dst'),
    ...more,
  });
  /** Nothing of any mount is left on our side. */
  const assertNothingLeft = () => {
    assert.deepEqual(state.mounts.list, []);
    assert.deepEqual([...state.expected], []);
    assert.ok(
      state.served.every(({ reason }) => reason !== undefined),
      'all servers have ended',
    );
    assert.equal(state.session.listenerCount('mountEnded') + state.session.listenerCount('ended'), 0);
    assert.deepEqual(state.remembered, []);
    assert.equal(state.budget.take(), 96, 'the descriptors are given back');
    state.budget.give(96);
  };
  return { state, at, request, assertNothingLeft };
}

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
        consistency: { requested: 'cached', granted: 'consistent' },
        ownership: { kind: 'strict', uid: 5 },
        readOnly: true,
        state: 'mounted',
        since: '',
      },
    );
    assert.equal(Buffer.from(message!.target).toString(), at('dst'));
    assert.equal(message!.source, at('src'));
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
    [
      'a file as source',
      () => (fs.writeFileSync(at('f'), ''), { source: at('f') }),
      'bad-source',
      'f: not a directory',
    ],
    [
      'a source outside',
      () => ({ source: '/usr' }),
      'not-shared',
      '/usr: not shared from the host. Share it first: osmofs share add /usr',
    ],
    [
      'a source that a link leads outside to',
      () => (fs.symlinkSync('/usr', at('usr')), { source: at('usr') }),
      'not-shared',
      'usr: not shared from the host',
    ],
    ['a missing target', () => ({ target: at('gone') }), 'bad-target', 'gone: no such directory. Create it: mkdir -p'],
    [
      'a file as target',
      () => (fs.writeFileSync(at('f'), ''), { target: at('f') }),
      'bad-target',
      'f: not a directory',
    ],
    ['a target that is not empty', () => (fs.writeFileSync(at('dst/f'), ''), {}), 'bad-target', 'dst: not empty.'],
    ['a target that is a mount point', () => ({ target: '/proc' }), 'bad-target', '/proc: already a mount point'],
    [
      'a target in the source',
      () => (fs.mkdirSync(at('src/in')), { target: at('src/in') }),
      'conflict',
      'inside its own source',
    ],
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
    await state.mounts.list[0]!.end('');
    assert.deepEqual(
      state.mounts.list.map(({ id }) => id),
      [2],
    );
    assert.equal(state.served[0]!.reason, 'it was unmounted');
  });

  it('by somebody else’s umount is noticed', async () => {
    await state.mounts.add(request());
    const [mount] = state.mounts.list;
    state.session.emit('mountEnded', 1, '');
    await mount!.end('');
    assert.deepEqual(state.session.messages, ['mount 1'], 'the guest need not be told');
    assertNothingLeft();
  });

  it('by the end of its server takes it out of the guest', async () => {
    await state.mounts.add(request());
    const [mount] = state.mounts.list;
    await state.served[0]!.end('a message broke the protocol');
    await mount!.end('');
    assert.deepEqual(state.session.messages, ['mount 1', 'unmount 1 lazily']);
    assertNothingLeft();
  });

  it('by the death of the agent, seen first by the server, has what it left cleared away', async () => {
    await state.mounts.add(request());
    const [mount] = state.mounts.list;
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
    const [mount] = state.mounts.list;
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
