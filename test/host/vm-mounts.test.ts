/** Mounts in guests, with real agents: two processes that stand for virtual machines, and the daemon's parts for them. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agents } from '../../host/agents.js';
import { DescriptorBudget } from '../../host/descriptor-budget.js';
import { Mounts } from '../../host/mounts.js';
import { Overlap } from '../../host/overlap.js';
import { ServedMount } from '../../host/served-mount.js';
import { openShareRoot } from '../../host/share-root.js';
import { Shares } from '../../host/shares.js';
import { os } from '../../native/index.js';
import { BINDS } from '../../protocol/version.js';
import { until } from '../support/until.js';
import { VmWorld } from './support/vm-agent.js';

/** Targets of mounts below `directory`, in the order they were made. */
function mounted(directory: string): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.map((line) => line.split(' ')[4] ?? '').filter((point) => point.startsWith(`${directory}/`));
}

const directories = { open: openShareRoot, close: (fd: number) => void os.close(fd) };

describe('mounts of guests', () => {
  let world: VmWorld;
  let mounts: Mounts;
  const at = (name: string) => join(world.directory, name);
  const seen = () => mounts.list.map(({ name, state }) => `${name} ${state}`).sort();

  /** What daemon.ts puts together. */
  function daemon(agents: Agents): Mounts {
    const made = new Mounts({
      shares: new Shares(at('config.json'), [world.directory]),
      config: () => ({}),
      budget: new DescriptorBudget(1024),
      log: (level, text) => world.log.push(`${level} ${text}`),
      directories,
      overlap: new Overlap(directories),
      session: async (guest) => agents.session(guest)!,
      expectLanes: (id, lanes) => agents.expect(id, lanes),
      serve: async (options) => new ServedMount(options),
      clearAway: async () => {},
      guestState: (guest) =>
        agents.session(guest) !== undefined ? 'connected' : agents.expects(guest) ? 'known' : 'unknown',
      binds: (guest) => agents.session(guest)?.agreed.features.includes(BINDS) === true,
      wantedFile: at('guest-mounts.json'),
      changed: () => {},
    });
    agents.on('session', ({ guest }) => void made.restore(guest));
    return made;
  }

  beforeEach(() => {
    world = new VmWorld();
    mounts = daemon(world.agents);
    mkdirSync(at('src'));
  });
  afterEach(async () => {
    await mounts.close(true);
    await world.close();
    assert.deepEqual(mounted(world.directory), []);
  });

  it('appear where there was no directory, and carry files both ways', async () => {
    await world.boot('vm');
    const { state } = await mounts.add({ source: at('src'), target: at('deep/er/mnt'), guest: 'vm' });
    assert.equal(state, 'mounted');
    await writeFile(at('deep/er/mnt/file'), 'from the guest');
    assert.equal(await readFile(at('src/file'), 'utf8'), 'from the guest');
    const { features } = world.agents.session('vm')!.agreed;
    assert.ok(!features.includes('shared-lanes'), 'no memory is shared with another kernel');
  });

  it('are deferred until the guest boots', async () => {
    await world.expect('vm');
    await mounts.add({ source: at('src'), target: at('mnt'), guest: 'vm' });
    assert.deepEqual(seen(), ['src deferred']);
    world.agent('vm');
    await until(() => seen()[0] === 'src mounted', 'it is mounted');
    await writeFile(at('mnt/file'), 'x');
    assert.ok(existsSync(at('src/file')));
  });

  it('come back when the agent was killed, which leaves a dead mount behind', async () => {
    const [agent] = await world.boot('vm');
    await mounts.add({ source: at('src'), target: at('mnt'), guest: 'vm' });
    await agent.kill('SIGKILL');
    await until(() => seen()[0] === 'src deferred', 'it is deferred');
    assert.deepEqual(mounted(world.directory), [at('mnt')], 'the dead one is still in the tree');
    world.agent('vm');
    await until(() => seen()[0] === 'src mounted', 'it is mounted again');
    assert.deepEqual(mounted(world.directory), [at('mnt')], 'once');
    await writeFile(at('mnt/file'), 'x');
    assert.ok(existsSync(at('src/file')));
  });

  it('come back with the next daemon: the same agent waits for it and connects again', async () => {
    const [agent, session] = await world.boot('vm');
    await mounts.add({ source: at('src'), target: at('mnt'), guest: 'vm' });
    const gone = once(session, 'ended');
    await mounts.close(true);
    session.bye('the daemon ends');
    world.agents.close();
    await gone;
    await until(() => agent.stderr.includes('waiting for it'), 'the agent has looked for a daemon');
    const agents = new Agents({ token: randomBytes(32), log: () => {}, duplicate: (fd) => os.duplicate(fd) });
    const next = new VmWorld(agents);
    mounts = daemon(agents);
    assert.deepEqual(seen(), ['src deferred']);
    try {
      await agents.expectGuest({
        guest: 'vm',
        token: Buffer.from(world.read('vm.token').trim(), 'hex'),
        socketPath: world.socketOf('vm'),
      });
      await until(() => seen()[0] === 'src mounted', 'it is mounted again');
      assert.match(agent.stderr, /said goodbye \(the daemon ends\)\n.*no daemon listens at .*; waiting for it\n$/);
      await writeFile(at('mnt/file'), 'x');
      await mounts.close(true);
    } finally {
      await agent.kill('SIGTERM');
      await next.close();
    }
  });

  it('show one directory in several guests', async () => {
    await Promise.all([world.boot('one'), world.boot('two')]);
    for (const guest of ['one', 'two']) {
      await mounts.add({ source: at('src'), target: at(`in-${guest}`), guest, name: guest });
    }
    await writeFile(at('in-one/file'), 'from one');
    assert.equal(await readFile(at('in-two/file'), 'utf8'), 'from one');
    await mounts.remove({ select: { name: 'one', target: at('one') }, lazy: false });
    assert.equal(await readFile(at('in-two/file'), 'utf8'), 'from one', 'the end of one is not the other’s');
    assert.deepEqual(seen(), ['two mounted']);
  });
});

describe('the power of a guest', () => {
  let world: VmWorld;
  beforeEach(() => {
    world = new VmWorld();
  });
  afterEach(() => world.close());

  it('is switched off by its agent, which ends for good', async () => {
    const program = world.script('off', `#!/bin/sh\necho off > ${world.directory}/done\n`);
    const [agent, session] = await world.boot('vm', ['--power-off', program]);
    const ended = once(session, 'ended');
    await session.powerOff();
    assert.equal(world.read('done'), 'off\n');
    assert.deepEqual(await ended, ['the guest is switched off']);
    assert.deepEqual(await agent.ended, { code: 0, signal: null });
  });

  it('stays on, and says why, where that fails', async () => {
    const program = world.script('off', '#!/bin/sh\nexit 3\n');
    const [, session] = await world.boot('vm', ['--power-off', program]);
    await assert.rejects(session.powerOff(), /guest vm: .*off ended with code 3/);
  });

  it('is not the agent’s to switch where nobody said how', async () => {
    const [, session] = await world.boot('vm');
    await assert.rejects(session.powerOff(), /its agent cannot switch it off/);
  });

  it('is not switched off while a token is wrong: such an agent ends', async () => {
    await world.expect('vm');
    const agent = world.agent('vm');
    await world.connected('vm');
    // A new boot is expected: what still runs of the old one has no business here.
    await world.expect('vm');
    assert.deepEqual(await agent.ended, { code: 1, signal: null });
    assert.match(agent.stderr, /refuses this agent: the token is not the right one\n$/);
  });
});
