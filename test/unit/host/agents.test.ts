import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync, existsSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentSession } from '../../../host/agent-session.js';
import { Agents, type LaneKind } from '../../../host/agents.js';
import { os } from '../../../native/index.js';
import { Lane, Role } from '../../../protocol/control.js';
import { ENVELOPE_LIMIT, encodeFrame, HELLO_LIMIT } from '../../../protocol/frame.js';
import { PROTOCOL_MAJOR } from '../../../protocol/version.js';
import { FakeAgent, helloBytes } from './fake-agent.js';
import { problem } from './problems.js';
import { scratchDirectory } from './scratch-directory.js';

const token: Uint8Array = Uint8Array.from({ length: 32 }, (_, at) => at + 1);
const secret = Uint8Array.from({ length: 16 }, (_, at) => 100 + at);

/** Agents on a socket of their own for each test. */
function listening(helloPatience = 10_000) {
  const directory = scratchDirectory();
  const log: string[] = [];
  let agents: Agents;
  const opened: FakeAgent[] = [];
  beforeEach(async () => {
    log.length = 0;
    const duplicate = (fd: number) => os.duplicate(fd);
    agents = new Agents({ token, log: (level, text) => log.push(`${level} ${text}`), duplicate, helloPatience });
    await agents.listen(join(directory(), 'agent.sock'));
  });
  afterEach(() => {
    for (const agent of opened.splice(0)) agent.close();
    for (const session of agents.sessions) session.destroy('the test is over');
    agents.close();
  });
  const path = () => join(directory(), 'agent.sock');
  const keep = (agent: FakeAgent) => {
    opened.push(agent);
    return agent;
  };
  return {
    log,
    path,
    agents: () => agents,
    dial: async () => keep(await FakeAgent.dial(path())),
    hello: async (changes: object = {}, with_ = token) => keep(await FakeAgent.hello(path(), with_, changes)),
    async session(): Promise<[FakeAgent, AgentSession]> {
      const [agent, [session]] = await Promise.all([this.hello(), once(agents, 'session') as Promise<[AgentSession]>]);
      await agent.reply();
      return [agent, session];
    },
  };
}

describe('host/agents: the hello', () => {
  const here = listening();

  it('is answered, and makes a session', async () => {
    const [, session] = await here.session();
    assert.deepEqual([session.guest, session.version, session.agreed.major], ['local', '9.8.7', PROTOCOL_MAJOR]);
    assert.equal(here.agents().session('local'), session);
  });

  it('is heard on a socket for the owner only', () => assert.equal(statSync(here.path()).mode & 0o777, 0o600));

  const refused: [what: string, changes: object, token: Uint8Array, says: RegExp][] = [
    ['a wrong token', {}, token.map((byte, at) => (at === 31 ? 0 : byte)), /token is not the right one/],
    ['an empty token', {}, new Uint8Array(32), /token is not the right one/],
    ['a name that would not fit a file name', { guest: '../x' }, token, /name of the guest is not valid/],
    ['limits nobody could work with', { limits: { maxMessage: 1000, maxPages: 256 } }, token, /too small/],
    [
      'a lane of a mount that is not there',
      { role: Role.LANE, mountId: 1, lane: Lane.META, laneSecret: secret },
      token,
      /no mount waits/,
    ],
  ];
  for (const [what, changes, with_, says] of refused) {
    it(`with ${what} is refused with a sentence, and the connection closed`, async () => {
      const agent = await here.hello(changes, with_);
      assert.match((await agent.reply()).refusal, says);
      await agent.closed();
      assert.equal(here.agents().sessions.length, 0);
      assert.match(here.log.at(-1)!, /^warn an agent was refused: /);
    });
  }

  it('of another major version is refused, saying which side is older', async () => {
    const agent = await here.dial();
    const bytes = helloBytes(token);
    // Field 1, a varint: the first byte is its tag, the second its value.
    assert.deepEqual([bytes[0], bytes[1]], [8, PROTOCOL_MAJOR]);
    bytes[1] = PROTOCOL_MAJOR + 1;
    agent.send(encodeFrame(bytes, HELLO_LIMIT));
    assert.match((await agent.reply()).refusal, /this side is older; install the same osmofs on both/);
    await agent.closed();
  });

  it('never reaches the log with its token', async () => {
    const agent = await here.hello(
      {},
      token.map(() => 0x41),
    );
    await agent.reply();
    assert.ok(here.log.every((line) => !line.includes('AAAA')));
  });

  it('longer than its limit is refused by its length alone', async () => {
    const agent = await here.dial();
    agent.send(Uint8Array.of(1, 0, 1, 0));
    assert.match((await agent.reply()).refusal, /65537 bytes is longer than the limit of 65536/);
    await agent.closed();
  });

  for (const [what, bytes] of [
    ['garbage', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['nothing', encodeFrame(new Uint8Array(0), HELLO_LIMIT)],
    [
      'noise',
      encodeFrame(
        Uint8Array.from({ length: 500 }, (_, at) => (at * 37 + 11) & 255),
        HELLO_LIMIT,
      ),
    ],
  ] as const) {
    it(`that is ${what} is refused`, async () => {
      const agent = await here.dial();
      agent.send(bytes);
      assert.notEqual((await agent.reply()).refusal, '');
      await agent.closed();
    });
  }

  it('may come byte by byte', async () => {
    const agent = await here.dial();
    for (const byte of encodeFrame(helloBytes(token), HELLO_LIMIT)) {
      await new Promise((resolve) => agent.socket.write(Uint8Array.of(byte), resolve));
    }
    assert.equal((await agent.reply()).refusal, '');
  });

  it('must be alone until it is answered', async () => {
    const agent = await here.dial();
    const hello = encodeFrame(helloBytes(token), HELLO_LIMIT);
    agent.send(Buffer.concat([hello, Buffer.from([1])]));
    assert.match((await agent.reply()).refusal, /before the answer/);
    await agent.closed();
  });

  it('of a second agent of the same guest is refused, the first goes on', async () => {
    const [first, session] = await here.session();
    const second = await here.hello();
    assert.match((await second.reply()).refusal, /agent of local is connected already/);
    first.envelope({ type: 'ping' }, 5);
    assert.deepEqual(await first.message(), { id: 5, body: { type: 'pong' } });
    assert.ok(!session.ended);
  });

  it('may be said again after the first has gone', async () => {
    const [first, session] = await here.session();
    first.close();
    await once(session, 'ended');
    await here.session();
  });

  it('is waited for from a bounded number of strangers', async () => {
    const strangers = await Promise.all(Array.from({ length: 65 }, () => here.dial()));
    await Promise.race(strangers.map((stranger) => stranger.closed()));
    const [first] = strangers;
    first!.send(encodeFrame(helloBytes(token), HELLO_LIMIT));
    assert.equal((await first!.reply()).refusal, '', 'the others are not disturbed');
  });

  it('is not heard any more after the end', async () => {
    const waiting = await here.dial();
    here.agents().close();
    await waiting.closed();
    assert.ok(!existsSync(here.path()));
  });
});

describe('host/agents: a slow hello', () => {
  const here = listening(50);

  it('is refused when its time is over', async () => {
    const agent = await here.dial();
    agent.send(encodeFrame(helloBytes(token), HELLO_LIMIT).subarray(0, 20));
    assert.match((await agent.reply()).refusal, /no hello within 0.05 s/);
    await agent.closed();
  });
});

describe('host/agents: lanes', () => {
  const here = listening();
  const lane = (changes: object = {}) => ({
    role: Role.LANE,
    mountId: 7,
    lane: Lane.META,
    laneSecret: secret,
    ...changes,
  });

  function expectLanes(guest = 'local') {
    const taken: [kind: LaneKind, fd: number][] = [];
    let wake = () => {};
    const stop = here.agents().expect(7, { guest, secret, attach: (kind, fd) => (taken.push([kind, fd]), wake()) });
    const next = async () => {
      while (taken.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return taken.shift()!;
    };
    return { stop, next, taken };
  }

  it('become descriptors on which not a byte is lost in either direction', async () => {
    const { next } = expectLanes();
    const agent = await here.hello(lane());
    assert.equal((await agent.reply()).refusal, '');
    agent.raw();
    agent.send(Buffer.from('request at once'));
    const [kind, fd] = await next();
    assert.equal(kind, 'meta');
    writeSync(fd, 'reply');
    assert.equal((await agent.bytes(5)).toString(), 'reply');
    assert.equal(readAll(fd, 15), 'request at once');
    agent.close();
    await agent.closed();
    closeSync(fd);
  });

  it('are taken once of each kind', async () => {
    const { next } = expectLanes();
    const agents = [await here.hello(lane()), await here.hello(lane({ lane: Lane.DATA }))];
    const kinds = [await next(), await next()];
    assert.deepEqual(kinds.map(([kind]) => kind).sort(), ['data', 'meta']);
    const third = await here.hello(lane());
    assert.match((await third.reply()).refusal, /no mount waits for this lane/);
    for (const agent of agents) assert.equal((await agent.reply()).refusal, '');
    for (const [, fd] of kinds) closeSync(fd);
  });

  for (const [what, changes] of [
    ['another secret', { laneSecret: secret.map((byte) => byte ^ 1) }],
    ['another mount', { mountId: 8 }],
    ['another guest', { guest: 'vm' }],
  ] as const) {
    it(`of ${what} are refused, and the right one still comes in`, async () => {
      const { next, taken } = expectLanes();
      const agent = await here.hello(lane(changes));
      assert.match((await agent.reply()).refusal, /no mount waits for this lane/);
      assert.equal(taken.length, 0);
      await here.hello(lane());
      closeSync((await next())[1]);
    });
  }

  it('are refused when nobody waits any more', async () => {
    expectLanes().stop();
    assert.match((await (await here.hello(lane())).reply()).refusal, /no mount waits/);
  });
});

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

/** Reads until `count` bytes are there; the descriptor of a lane may be non-blocking. */
function readAll(fd: number, count: number): string {
  const buffer = Buffer.alloc(count);
  let filled = 0;
  const end = Date.now() + 10_000;
  while (filled < count && Date.now() < end) {
    try {
      filled += readSync(fd, buffer, filled, count - filled, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
  return buffer.toString('utf8', 0, filled);
}
