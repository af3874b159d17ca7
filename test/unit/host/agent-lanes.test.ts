import assert from 'node:assert/strict';
import { closeSync, readSync, writeSync } from 'node:fs';
import type { LaneKind } from '../../../host/agents.js';
import { Lane, Role } from '../../../protocol/control.js';

import { listening, secret } from './agents-world.js';

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
    const attach = (kind: LaneKind, fd: number) => {
      taken.push([kind, fd]);
      wake();
    };
    const stop = here.agents().expect(7, { guest, secret, attach });
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
