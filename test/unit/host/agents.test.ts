import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { Lane, Role } from '../../../protocol/control.js';
import { encodeFrame, HELLO_LIMIT } from '../../../protocol/frame.js';
import { PROTOCOL_MAJOR } from '../../../protocol/version.js';
import { listening, secret, token } from './agents-world.js';
import { helloBytes } from './fake-agent.js';

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
      assert.match(here.log.at(-1)!, /^warn an agent of local was refused: /);
    });
  }

  it('of another major version is refused, saying what to do', async () => {
    const agent = await here.dial();
    const bytes = helloBytes(token);
    // Field 1, a varint: the first byte is its tag, the second its value.
    assert.deepEqual([bytes[0], bytes[1]], [8, PROTOCOL_MAJOR]);
    bytes[1] = PROTOCOL_MAJOR + 1;
    agent.send(encodeFrame(bytes, HELLO_LIMIT));
    assert.match(
      (await agent.reply()).refusal,
      /version 2 is newer than 1, which is needed; install the same osmofs on both sides/,
    );
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

  it('is waited for from a bounded number of strangers: the oldest makes room', async () => {
    const strangers = await Promise.all(Array.from({ length: 65 }, () => here.dial()));
    await strangers[0]!.closed();
    assert.match(here.log.at(-1)!, /ended before the hello: no hello, and more connections are waiting/);
    strangers[1]!.send(encodeFrame(helloBytes(token), HELLO_LIMIT));
    assert.equal((await strangers[1]!.reply()).refusal, '', 'the others are not disturbed');
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
