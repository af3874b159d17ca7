import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Errno } from '../../protocol/errno.js';
import { Opcode } from '../../protocol/fuse/opcodes.js';
import { type Agent, Caller, Workshop } from './support/agent-process.js';
import { emptyRoot } from './support/fake-fs.js';
import { describeUnless, obstacleToMounts } from './support/mountable.js';

describeUnless(obstacleToMounts(), 'the end of a mount', () => {
  let shop: Workshop;
  let agent: Agent;
  beforeEach(async () => {
    shop = await Workshop.open();
    agent = await shop.agent();
  });
  afterEach(async () => await shop.close());

  /** A process whose working directory is the mount. */
  async function squatter(point: string): Promise<Caller> {
    const child = shop.run('sh', ['-c', 'cd "$1" && echo there && exec sleep 600', 'sh', point]);
    await once(child.stdout!, 'data');
    return new Caller(child);
  }

  /** A process that waits for an answer which the daemon owes it. */
  async function waiter(point: string): Promise<Caller> {
    shop.daemon.answer = (request) => (request.opcode === Opcode.LOOKUP ? undefined : emptyRoot(request));
    const asked = shop.daemon.until('request', ({ opcode }) => opcode === Opcode.LOOKUP);
    const caller = shop.stat(join(point, 'never'));
    await asked;
    return caller;
  }

  const alive = async () => assert.deepEqual(await shop.daemon.ask({ type: 'ping' }), { type: 'pong' });
  const unmount = async (lazy: boolean) => await shop.daemon.ask({ type: 'unmount', mountId: 1, lazy });

  it('unmounts as asked, and says so once', async () => {
    await shop.mount();
    let ends = 0;
    shop.daemon.on('envelope', ({ body }) => {
      if (body.type === 'mountEnded') ends++;
    });
    const lanes = [...shop.daemon.lanes.values()].map((lane) => once(lane, 'close'));
    assert.deepEqual(await unmount(false), { type: 'unmountReply', mountId: 1, errno: 0, message: '' });
    await Promise.all(lanes);
    assert.deepEqual(shop.mounts(), []);
    assert.deepEqual(await unmount(false), {
      type: 'unmountReply',
      mountId: 1,
      errno: Errno.ENOENT,
      message: 'there is no mount 1',
    });
    assert.equal(ends, 0);
  });

  it('does not unmount what is in use, unless lazily', async () => {
    const point = await shop.mount();
    const user = await squatter(point);
    const busy = await unmount(false);
    assert.ok(busy.type === 'unmountReply' && busy.errno === Errno.EBUSY);
    assert.match(busy.message, /in use/);
    assert.ok((await stat(point)).isDirectory());
    const detached = await unmount(true);
    assert.ok(detached.type === 'unmountReply' && detached.errno === 0);
    assert.match(detached.message, /ends with its last user/);
    assert.deepEqual(shop.mounts(), []);
    // Who is inside goes on using it.
    assert.deepEqual(await readdir(`/proc/${user.child.pid}/cwd/`), []);
    const end = shop.mountEnd();
    user.child.kill('SIGKILL');
    assert.match(await end, /unmounted as asked/);
    await alive();
  });

  it('notices that somebody else has unmounted it', async () => {
    const point = await shop.mount();
    const end = shop.mountEnd();
    const lanes = [...shop.daemon.lanes.values()].map((lane) => once(lane, 'close'));
    assert.equal((await new Caller(shop.run('umount', [point])).ended).code, 0);
    assert.equal(await end, 'it was unmounted');
    await Promise.all(lanes);
    await alive();
  });

  it('goes on after a lazy unmount of somebody else until the last user has gone', async () => {
    const point = await shop.mount();
    const user = await squatter(point);
    assert.equal((await new Caller(shop.run('umount', ['-l', point])).ended).code, 0);
    await alive();
    const end = shop.mountEnd();
    user.child.kill('SIGKILL');
    assert.equal(await end, 'it was unmounted');
  });

  it('leaves alone what somebody else has mounted there since', async () => {
    const point = await shop.mount();
    assert.equal((await new Caller(shop.run('mount', ['-t', 'tmpfs', 'other', point])).ended).code, 0);
    const refused = await unmount(false);
    assert.ok(refused.type === 'unmountReply' && refused.errno === Errno.EBUSY);
    assert.match(refused.message, /mounted on top of it/);
    assert.equal(shop.mounts().length, 2);
    assert.equal((await new Caller(shop.run('umount', [point])).ended).code, 0);
    assert.ok((await unmount(false)).type === 'unmountReply');
    assert.deepEqual(shop.mounts(), []);
  });

  for (const lane of ['meta', 'data'] as const) {
    it(`lets nobody wait when the ${lane} lane breaks`, async () => {
      const point = await shop.mount();
      const caller = await waiter(point);
      const end = shop.mountEnd();
      shop.daemon.lanes.get(lane)!.destroy();
      assert.match(await end, /the daemon closed the connection/);
      const { code, stderr } = await caller.ended;
      assert.equal(code, 1, stderr);
      assert.deepEqual(shop.mounts(), []);
      await alive();
    });
  }

  it('lets nobody wait, unmounts and ends with 69 when the daemon goes away', async () => {
    const first = await shop.mount(1);
    const second = await shop.mount(2);
    const user = await squatter(second);
    const caller = await waiter(first);
    shop.daemon.control!.destroy();
    const { code, stderr } = await agent.ended;
    assert.equal(code, 69);
    assert.equal(stderr, `osmofs-agent: the daemon at unix:${shop.socket} is gone; unmounted ${first}, ${second}\n`);
    assert.equal((await caller.ended).code, 1);
    assert.deepEqual(shop.mounts(), []);
    user.child.kill('SIGKILL');
  });

  it('undoes a mount that is being made when the daemon goes away', async () => {
    const point = shop.point();
    shop.daemon.answer = () => undefined;
    const init = shop.daemon.until('request', ({ opcode }) => opcode === Opcode.INIT);
    shop.daemon.tell(shop.daemon.mountMessage(1, point));
    await init;
    await shop.daemon.close();
    assert.equal((await agent.ended).code, 69);
    assert.deepEqual(shop.mounts(), []);
  });

  it('unmounts everything on SIGTERM, also what is in use', async () => {
    const point = await shop.mount(1);
    await shop.mount(2);
    const user = await squatter(point);
    const bye = shop.daemon.until('envelope', ({ body }) => body.type === 'bye');
    agent.kill('SIGTERM');
    await bye;
    assert.deepEqual(await agent.ended, { code: 0, signal: null, stderr: '' });
    assert.deepEqual(shop.mounts(), []);
    user.child.kill('SIGKILL');
  });

  it('lets nobody wait on SIGTERM', async () => {
    const caller = await waiter(await shop.mount());
    agent.kill('SIGTERM');
    assert.equal((await agent.ended).code, 0);
    assert.equal((await caller.ended).code, 1);
    assert.deepEqual(shop.mounts(), []);
  });

  it('lets nobody wait when the agent is killed', async () => {
    const point = await shop.mount();
    const caller = await waiter(point);
    agent.kill('SIGKILL');
    assert.equal((await agent.ended).signal, 'SIGKILL');
    assert.equal((await caller.ended).code, 1);
    assert.equal((await new Caller(shop.run('umount', [point])).ended).code, 0);
  });
});
