/** Whatever connects to the daemon's socket for agents: hellos and control messages that are not what they should be. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Body, encodeEnvelope, Lane, Role } from '../../protocol/control.js';
import { ENVELOPE_LIMIT, encodeFrame, HELLO_LIMIT } from '../../protocol/frame.js';
import { withoutLeak } from '../host/support/descriptors.js';
import { eventually, inTime } from '../host/support/eventually.js';
import { listening, secret, token } from '../unit/host/agents-world.js';
import { helloBytes } from '../unit/host/fake-agent.js';
import { Random } from '../unit/protocol/random.js';

const SEED = Number(process.env.OSMOFS_FUZZ_SEED ?? 20_261_122);
const HELLOS = 2400;
const MESSAGES = 3000;
/** Connections at a time: more than the daemon listens to. */
const AT_ONCE = 80;

const bodies: readonly Body[] = [
  { type: 'ping' },
  { type: 'pong' },
  { type: 'log', level: 2, text: 'a line' },
  { type: 'mountReply', mountId: 1, errno: 0, message: '' },
  { type: 'unmountReply', mountId: 1, errno: 16, message: 'busy' },
  { type: 'mountEnded', mountId: 1, reason: 'gone' },
  { type: 'statsReply', mounts: [], rss: 1 },
];

describe('what connects as an agent', () => {
  const here = listening(100);
  const random = new Random(SEED);

  it('is refused or accepted, and never more than a nuisance: mutated hellos', async () => {
    console.log(`      seed ${SEED}`);
    const lane = { role: Role.LANE, mountId: 1, lane: Lane.META, laneSecret: secret };
    const originals = [helloBytes(token), helloBytes(token.map(() => 7)), helloBytes(token, lane)];
    await withoutLeak(async () => {
      for (let count = 0; count < HELLOS; count += AT_ONCE) {
        await Promise.all(Array.from({ length: AT_ONCE }, () => stranger(random.pick(originals))));
      }
      for (const session of here.agents().sessions) session.destroy('the test is over');
      await eventually('the end of all sessions', () => here.agents().sessions.length === 0);
    });
    await assertWorks();
  });

  /** One connection, from its beginning to its end. */
  async function stranger(original: Uint8Array): Promise<void> {
    let bytes = Buffer.from(encodeFrame(random.mutate(original), HELLO_LIMIT));
    if (random.below(4) === 0) bytes = Buffer.from(random.mutate(bytes));
    const cut = random.below(bytes.length + 1);
    const leaves = random.below(10);
    const socket = connect(here.path());
    socket.on('error', () => {});
    const closed = once(socket, 'close');
    await once(socket, 'connect').catch(() => {});
    socket.write(bytes.subarray(0, cut));
    socket.write(bytes.subarray(cut));
    if (leaves === 0) socket.destroy();
    else if (leaves === 1) socket.end();
    socket.on('data', (chunk: Buffer) => {
      // Accepted: nothing else is as short as an answer without a refusal.
      if (chunk.length > 0) socket.end();
    });
    await inTime('the end of a connection', closed);
  }

  it('has said hello properly and then goes on with anything: mutated control messages', async () => {
    await withoutLeak(async () => {
      let sent = 0;
      while (sent < MESSAGES) {
        const [agent, session] = await here.session();
        const ended = once(session, 'ended');
        const asked = session.mount(mountMessage()).then(
          () => 'answered',
          () => 'refused',
        );
        const limit = 200;
        for (let i = 0; i < limit && !session.ended; i++, sent++) {
          const id = random.pick([1, 2, 3, 0xffff_ffff]);
          const original = encodeEnvelope({ id, body: random.pick(bodies) });
          const body = random.below(3) === 0 ? original : random.mutate(original);
          const frame = Buffer.from(encodeFrame(body, ENVELOPE_LIMIT));
          if (random.below(100) === 0) frame.writeUInt32LE(random.pick([0, 0x10_0001, 0xffff_ffff]));
          await written(agent.socket, frame);
        }
        agent.close();
        await inTime('the end of the session', ended);
        assert.match(await inTime('an answer for whoever asked', asked), /answered|refused/);
      }
    });
    assert.ok(here.log.every((line) => !line.includes('defect')));
    await assertWorks();
  });

  it('lets much pile up, says nothing, or says too much', async () => {
    await withoutLeak(async () => {
      const silent = await Promise.all(Array.from({ length: 100 }, () => here.dial()));
      const large = await here.dial();
      large.send(Buffer.from([0xff, 0xff, 0, 0]));
      for (let i = 0; i < 64; i++) await written(large.socket, Buffer.alloc(1000));
      for (const agent of [...silent, large]) await inTime('the end of patience', agent.closed());
    });
    await assertWorks();
  });

  async function assertWorks(): Promise<void> {
    const [agent, session] = await here.session();
    agent.envelope({ type: 'ping' }, 7);
    assert.deepEqual(await agent.message(), { id: 7, body: { type: 'pong' } });
    const ended = once(session, 'ended');
    agent.close();
    await ended;
  }

  function mountMessage() {
    const flags = { readOnly: false, defaultPermissions: false, allowOther: false };
    const grants = { userXattrsOnly: false, flushForLocksOnly: false, writeBehind: false };
    return {
      mountId: 1,
      target: Buffer.from('/x'),
      source: '/y',
      laneSecret: secret,
      maxRead: 1 << 20,
      ...flags,
      ...grants,
    };
  }
});

/** Resolves when the bytes are on their way, or nobody takes them any more. */
async function written(socket: Socket, bytes: Uint8Array): Promise<void> {
  if (socket.destroyed) return;
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
}
