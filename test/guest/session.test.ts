import assert from 'node:assert/strict';
import { openSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { Role } from '../../protocol/control.js';
import { Agent, Workshop } from './support/agent-process.js';

describe('the agent and its daemon', () => {
  let shop: Workshop;
  beforeEach(async () => {
    shop = await Workshop.open();
  });
  afterEach(async () => await shop.close());

  it('introduces itself with the token and its name', async () => {
    await shop.agent();
    const [hello] = shop.daemon.hellos;
    assert.deepEqual(
      { role: hello!.role, guest: hello!.guest, token: Buffer.from(hello!.token) },
      { role: Role.CONTROL, guest: 'test', token: shop.daemon.token },
    );
  });

  it('takes the token from a descriptor', async () => {
    const descriptor = openSync(shop.tokenFile, 'r');
    const agent = new Agent(shop.run(process.execPath, shop.agentArguments(['--token-fd', '3']), [descriptor]));
    await Promise.race([shop.daemon.until('connection'), agent.ended]);
    assert.deepEqual(Buffer.from(shop.daemon.hellos[0]!.token), shop.daemon.token);
  });

  it('shows the token to nobody', async () => {
    const { pid } = await shop.agent();
    for (const file of ['cmdline', 'environ']) {
      const content = readFileSync(`/proc/${pid}/${file}`);
      assert.ok(!content.includes(shop.daemon.token) && !content.includes(shop.daemon.token.toString('hex')), file);
    }
  });

  it('answers a ping and a question for statistics', async () => {
    await shop.agent();
    assert.deepEqual(await shop.daemon.ask({ type: 'ping' }), { type: 'pong' });
    const stats = await shop.daemon.ask({ type: 'statsRequest' });
    assert.ok(stats.type === 'statsReply' && stats.mounts.length === 0 && stats.rss > 10_000_000);
  });

  it('ends with 0 when the daemon says goodbye', async () => {
    const agent = await shop.agent();
    const bye = shop.daemon.until('envelope', ({ body }) => body.type === 'bye');
    shop.daemon.tell({ type: 'bye', reason: 'the daemon stops' });
    await bye;
    assert.deepEqual(await agent.ended, { code: 0, signal: null, stderr: '' });
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    it(`says goodbye and ends with 0 on ${signal}`, async () => {
      const agent = await shop.agent();
      // Its answer proves that it listens to signals by now.
      await shop.daemon.ask({ type: 'ping' });
      const bye = shop.daemon.until('envelope', ({ body }) => body.type === 'bye' && body.reason.includes(signal));
      agent.kill(signal);
      await bye;
      assert.deepEqual(await agent.ended, { code: 0, signal: null, stderr: '' });
    });
  }

  it('ends with 69 and one line when the daemon goes away', async () => {
    const agent = await shop.agent();
    shop.daemon.control!.destroy();
    const { code, stderr } = await agent.ended;
    assert.equal(code, 69);
    assert.equal(stderr, `osmofs-agent: the daemon at unix:${shop.socket} is gone; nothing was mounted\n`);
  });

  it('ends with 69 and one line when no daemon is there', async () => {
    await shop.daemon.close();
    const agent = await shop.agent();
    const { code, stderr } = await agent.ended;
    assert.deepEqual([code, stderr], [69, `osmofs-agent: no daemon listens at unix:${shop.socket}\n`]);
  });

  it('ends with 1 and the reason when it is refused', async () => {
    shop.daemon.refusal = 'the token is not the right one';
    const { code, stderr } = await (await shop.agent()).ended;
    assert.equal(code, 1);
    assert.match(stderr, /^osmofs-agent: the daemon at unix:.* refuses this agent: the token is not the right one\n$/);
  });

  it('leaves a daemon that speaks out of turn', async () => {
    const agent = await shop.agent();
    shop.daemon.tell({ type: 'mountEnded', mountId: 1, reason: '' });
    const { code, stderr } = await agent.ended;
    assert.equal(code, 69);
    assert.match(
      stderr,
      /is gone \(the daemon sent mountEnded, which only an agent may send\); nothing was mounted\n$/,
    );
  });

  it('ends with 1 and one line when it is called wrongly', async () => {
    const { code, stderr } = await (await shop.agent(['--token', 'secret'])).ended;
    assert.equal(code, 1);
    assert.match(stderr, /^osmofs-agent: .*--token.*\n$/);
    assert.equal(stderr.trimEnd().split('\n').length, 1);
  });
});

describe('the agent and something that is no daemon', () => {
  const answers: readonly (readonly [name: string, bytes: Buffer | undefined, says: RegExp])[] = [
    ['hangs up', undefined, /it closed the connection/],
    ['claims an answer of no bytes', Buffer.from([0, 0, 0, 0]), /claims to have 0 bytes/],
    ['claims an answer of 4 GiB', Buffer.from([255, 255, 255, 255]), /claims to have 4294967295 bytes/],
    ['sends noise', Buffer.from([4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]), /answers nonsense/],
    ['stops in the middle', Buffer.from([4, 0, 0, 0, 0x08]), /it closed the connection/],
  ];
  let shop: Workshop;
  let server: Server | undefined;
  beforeEach(async () => {
    shop = await Workshop.open();
    await shop.daemon.close();
  });
  afterEach(async () => {
    server?.close();
    await shop.close();
  });

  for (const [name, bytes, says] of answers) {
    it(`gives up when it ${name}`, async () => {
      server = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('data', () => (bytes === undefined ? socket.destroy() : socket.end(bytes)));
      }).listen(shop.socket);
      const { code, stderr } = await (await shop.agent()).ended;
      assert.ok(code === 1 || code === 69, `exit code ${code}`);
      assert.match(stderr, /^osmofs-agent: the daemon at unix:[^\n]*\n$/);
      assert.match(stderr, says);
    });
  }
});
