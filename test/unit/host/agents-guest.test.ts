import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AgentSession } from '../../../host/agent-session.js';
import { Problem } from '../../../host/problem.js';
import { Lane, Role } from '../../../protocol/control.js';
import {
  ANNOUNCEMENTS_FEATURE,
  BINDS,
  EXEC,
  POWER_OFF,
  SHARED_LANES,
  WRITE_BEHIND,
} from '../../../protocol/version.js';
import { listening, secret, token } from './agents-world.js';
import { FakeAgent } from './fake-agent.js';

const boot = token.map((byte) => 255 - byte);
const otherBoot = token.map((byte) => byte ^ 0x55);

describe('host/agents: the agents of virtual machines', () => {
  const here = listening();
  const socketOf = (guest: string) => join(dirname(here.path()), `${guest}.sock`);
  const opened: FakeAgent[] = [];
  afterEach(() => {
    for (const agent of opened.splice(0)) agent.close();
  });
  const expectGuest = (guest: string, token_: Uint8Array) =>
    here.agents().expectGuest({ guest, token: token_, socketPath: socketOf(guest) });
  async function hello(at: string, token_: Uint8Array, changes: object): Promise<FakeAgent> {
    const agent = await FakeAgent.hello(at, token_, changes);
    opened.push(agent);
    return agent;
  }
  async function connect(guest: string, token_: Uint8Array): Promise<[FakeAgent, AgentSession]> {
    const arrived = once(here.agents(), 'session') as Promise<[AgentSession]>;
    const agent = await hello(socketOf(guest), token_, { guest });
    assert.equal((await agent.reply()).refusal, '');
    return [agent, (await arrived)[0]];
  }

  it('come in at their own socket with the token of the boot', async () => {
    await expectGuest('vm', boot);
    assert.equal(statSync(socketOf('vm')).mode & 0o777, 0o600);
    const [, session] = await connect('vm', boot);
    assert.equal(here.agents().session('vm'), session);
  });

  it('are offered what a virtual machine can do, and no memory of ours', async () => {
    await expectGuest('vm', boot);
    const [, session] = await connect('vm', boot);
    assert.deepEqual(session.agreed.features, [ANNOUNCEMENTS_FEATURE, BINDS, EXEC, POWER_OFF, WRITE_BEHIND]);
    const [, local] = await here.session();
    assert.deepEqual(local.agreed.features, [ANNOUNCEMENTS_FEATURE, SHARED_LANES, WRITE_BEHIND]);
  });

  const refused: [what: string, at: string, token: Uint8Array, guest: string, says: RegExp][] = [
    ['the token of another boot', 'vm', otherBoot, 'vm', /token is not the right one/],
    ['the token of this machine’s agent', 'vm', token, 'vm', /token is not the right one/],
    ['the token of another virtual machine', 'vm', otherBoot, 'other', /token is not the right one/],
    ['the name of another virtual machine', 'vm', boot, 'other', /this is the socket of vm, not of other/],
    ['the name of this machine', 'vm', boot, 'local', /this is the socket of vm, not of local/],
  ];
  for (const [what, at, token_, guest, says] of refused) {
    it(`are refused with ${what}`, async () => {
      await expectGuest('vm', boot);
      await expectGuest('other', otherBoot);
      const agent = await hello(socketOf(at), token_, { guest });
      assert.match((await agent.reply()).refusal, says);
      await agent.closed();
      assert.equal(here.agents().sessions.length, 0);
    });
  }

  it('are refused at the socket of this machine, whose token they do not know anyway', async () => {
    await expectGuest('vm', boot);
    const agent = await here.hello({ guest: 'vm' });
    assert.match((await agent.reply()).refusal, /vm is a virtual machine: this is not its socket/);
  });

  it('do not get the lanes of another one, whatever secret they have heard of', async () => {
    await expectGuest('vm', boot);
    await expectGuest('other', otherBoot);
    const taken: string[] = [];
    here.agents().expect(7, { guest: 'other', secret, attach: (kind) => taken.push(kind) });
    const lane = { role: Role.LANE, mountId: 7, lane: Lane.META, laneSecret: secret };
    const agent = await hello(socketOf('vm'), boot, { ...lane, guest: 'vm' });
    assert.match((await agent.reply()).refusal, /no mount waits for this lane/);
    assert.deepEqual(taken, []);
  });

  it('come in past any number of connections that say nothing, at their socket or at another', async () => {
    await expectGuest('vm', boot);
    await expectGuest('other', otherBoot);
    for (let count = 0; count < 64; count++) opened.push(await FakeAgent.dial(socketOf('vm')));
    await connect('vm', boot);
    await connect('other', otherBoot);
    await here.session();
  });

  it('replace the one that is connected: the last to prove the token lives', async () => {
    await expectGuest('vm', boot);
    const [old, session] = await connect('vm', boot);
    const ended = once(session, 'ended');
    const [, newer] = await connect('vm', boot);
    assert.deepEqual(await ended, ['another agent of this guest has taken its place']);
    await old.closed();
    assert.equal(here.agents().session('vm'), newer);
  });

  it('are those of the new boot once that is expected', async () => {
    const first = await expectGuest('vm', boot);
    const [old] = await connect('vm', boot);
    await expectGuest('vm', otherBoot);
    await old.closed();
    // The end of an expectation that has been replaced ends nothing.
    first.close();
    assert.match((await (await hello(socketOf('vm'), boot, { guest: 'vm' })).reply()).refusal, /token/);
    await connect('vm', otherBoot);
  });

  it('are gone, and their socket with them, when nobody expects them any more', async () => {
    const expected = await expectGuest('vm', boot);
    const [agent] = await connect('vm', boot);
    expected.close();
    await agent.closed();
    assert.equal(here.agents().session('vm'), undefined);
    assert.equal(here.agents().expects('vm'), false);
    assert.ok(!existsSync(socketOf('vm')));
  });

  it('have names of their own', async () => {
    for (const name of ['local', '../x', '']) {
      await assert.rejects(expectGuest(name, boot), (error) => error instanceof Problem && error.code === 'usage');
    }
  });

  it('are waited for', async () => {
    await expectGuest('vm', boot);
    const waiting = here.agents().whenConnected('vm', 10_000);
    const [, session] = await connect('vm', boot);
    assert.equal(await waiting, session);
    assert.equal(await here.agents().whenConnected('vm', 0), session);
    assert.equal(here.agents().listenerCount('session'), 0);
  });

  it('are waited for no longer than said', async () => {
    await expectGuest('vm', boot);
    await assert.rejects(here.agents().whenConnected('vm', 1), /guest vm: no hello within 0.001 s/);
    await assert.rejects(here.agents().whenConnected('vm', 10_000, AbortSignal.abort(new Error('crashed'))), /crashed/);
    assert.equal(here.agents().listenerCount('session'), 0);
  });
});
