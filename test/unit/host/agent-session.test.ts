import assert from 'node:assert/strict';
import { once } from 'node:events';
import { ENVELOPE_LIMIT, encodeFrame } from '../../../protocol/frame.js';
import { listening, secret } from './agents-world.js';
import type { FakeAgent } from './fake-agent.js';
import { problem } from './problems.js';

describe('host/agent-session', () => {
  const here = listening();

  const mount = {
    mountId: 3,
    target: Buffer.from('/mnt'),
    source: '/src',
    readOnly: false,
    defaultPermissions: true,
    laneSecret: secret,
    maxRead: 1 << 20,
    allowOther: true,
    userXattrsOnly: true,
    flushForLocksOnly: true,
    writeBehind: false,
  };

  it('pairs answers with requests, whatever their order', async () => {
    const [agent, session] = await here.session();
    const answers = Promise.all([session.mount(mount), session.unmount(9, true)]);
    const [first, second] = [await agent.message(), await agent.message()];
    assert.deepEqual([first.body.type, second.body.type], ['mount', 'unmount']);
    agent.envelope({ type: 'unmountReply', mountId: 9, errno: 16, message: 'busy' }, second.id);
    agent.envelope({ type: 'mountReply', mountId: 3, errno: 0, message: '' }, first.id);
    const [mounted, unmounted] = await answers;
    assert.deepEqual([mounted.errno, unmounted.errno, unmounted.message], [0, 16, 'busy']);
  });

  it('gives up on an answer that does not come, and goes on', async () => {
    const [agent, session] = await here.session();
    const late = assert.rejects(
      session.statistics(20),
      problem('timed-out', 'no answer to statsRequest within 0.02 s'),
    );
    const request = await agent.message();
    await late;
    agent.envelope({ type: 'statsReply', mounts: [], rss: 1 }, request.id);
    const again = session.statistics(10_000);
    await agent.answer('statsRequest', () => ({ type: 'statsReply', mounts: [], rss: 2 }));
    assert.equal((await again).rss, 2, 'the late answer is not taken for another');
  });

  it('tells of mounts that ended, and writes what the agent logs', async () => {
    const [agent, session] = await here.session();
    agent.envelope({ type: 'log', level: 1, text: 'read-ahead\ncould not be set' });
    agent.envelope({ type: 'mountEnded', mountId: 3, reason: 'it was unmounted' });
    assert.deepEqual(await once(session, 'mountEnded'), [3, 'it was unmounted']);
    assert.ok(here.log.includes('warn agent local: read-ahead\ncould not be set'));
  });

  it('fails what is under way when the agent goes', async () => {
    const [agent, session] = await here.session();
    const ended = once(session, 'ended');
    const failing = assert.rejects(session.mount(mount), problem('guest-failed', 'guest local: its agent is gone'));
    await agent.message();
    agent.close();
    await failing;
    await ended;
    await assert.rejects(session.unmount(1, false), problem('guest-failed', 'its agent is gone'));
  });

  it('ends with the agent’s own reason', async () => {
    const [agent, session] = await here.session();
    agent.envelope({ type: 'bye', reason: 'told to end by SIGTERM' });
    assert.deepEqual(await once(session, 'ended'), ['told to end by SIGTERM']);
  });

  it('says goodbye', async () => {
    const [agent, session] = await here.session();
    session.bye('the daemon ends');
    assert.deepEqual((await agent.message()).body, { type: 'bye', reason: 'the daemon ends' });
    agent.close();
    assert.deepEqual(await once(session, 'ended'), ['the daemon ends']);
  });

  const broken: [what: string, send: (agent: FakeAgent) => void, says: RegExp][] = [
    [
      'a message only we may send',
      (agent) => agent.envelope({ type: 'unmount', mountId: 1, lazy: true }),
      /may not send unmount/,
    ],
    ['noise', (agent) => agent.send(encodeFrame(Uint8Array.of(255, 255, 255), ENVELOPE_LIMIT)), /cannot be read/],
    ['an impossible length', (agent) => agent.send(Uint8Array.of(1, 0, 16, 0)), /longer than the limit/],
  ];
  for (const [what, send, says] of broken) {
    it(`ends an agent that sends ${what}`, async () => {
      const [agent, session] = await here.session();
      send(agent);
      assert.match(((await once(session, 'ended')) as [string])[0], says);
      await agent.closed();
    });
  }

  it('ends an agent that answers something else than was asked', async () => {
    const [agent, session] = await here.session();
    const failing = assert.rejects(session.mount(mount), problem('guest-failed'));
    await agent.answer('mount', () => ({ type: 'unmountReply', mountId: 3, errno: 0, message: '' }));
    await failing;
  });
});
