import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Lane, Role } from '../../protocol/control.js';
import { Errno } from '../../protocol/errno.js';
import { Opcode } from '../../protocol/fuse/opcodes.js';
import { type Agent, Workshop } from './support/agent-process.js';
import { emptyRoot } from './support/fake-fs.js';
import { describeUnless, obstacleToMounts } from './support/mountable.js';

describeUnless(obstacleToMounts(), 'mounting', () => {
  let shop: Workshop;
  let agent: Agent;
  beforeEach(async () => {
    shop = await Workshop.open();
    agent = await shop.agent();
  });
  afterEach(async () => await shop.close());

  it('opens both lanes of the mount and serves it', async () => {
    const secret = Buffer.from('sixteen bytes!!!');
    const point = await shop.mount(7, { laneSecret: secret });
    const lanes = shop.daemon.hellos.filter((hello) => hello.role === Role.LANE);
    assert.deepEqual(lanes.map(({ lane }) => lane).sort(), [Lane.META, Lane.DATA]);
    for (const { mountId, laneSecret, token } of lanes) {
      assert.deepEqual([mountId, Buffer.from(laneSecret), Buffer.from(token)], [7, secret, shop.daemon.token]);
    }
    assert.ok((await stat(point)).isDirectory());
    assert.deepEqual(await readdir(point), []);
    assert.equal((await statfs(point)).blocks, 7);
    await assert.rejects(stat(join(point, 'nothing')), { code: 'ENOENT' });
  });

  it('shows the source, and allows neither set-id programs nor devices', async () => {
    await shop.mount(1, { source: '/a source, with=everything' });
    const [line] = shop.mounts();
    assert.match(line!, / rw,nosuid,nodev[ ,]/);
    assert.match(line!, / - fuse\.osmofs \/a\\040source,\\040with=everything /);
    assert.match(line!, /default_permissions,allow_other/);
  });

  it('reads ahead as much as a READ may carry', async () => {
    await shop.mount();
    const device = shop.mounts()[0]!.split(' ')[2]!;
    assert.equal(readFileSync(`/sys/class/bdi/${device}/read_ahead_kb`, 'utf8').trim(), '1024');
  });

  it('makes only its own view read-only', async () => {
    const point = await shop.mount(1, { readOnly: true });
    const [line] = shop.mounts();
    assert.match(line!, / ro,nosuid,nodev[ ,].* - fuse\.osmofs .* rw,/);
    const mkdir = shop.run('mkdir', [join(point, 'new')]);
    let stderr = '';
    mkdir.stderr!.on('data', (text) => {
      stderr += text;
    });
    await new Promise((resolve) => mkdir.once('close', resolve));
    assert.match(stderr, /Read-only file system/);
  });

  it('mounts where a symbolic link leads', async () => {
    const point = shop.point();
    const link = join(shop.directory, 'link');
    symlinkSync(point, link);
    const reply = await shop.daemon.ask(shop.daemon.mountMessage(1, link));
    assert.ok(reply.type === 'mountReply' && reply.errno === 0);
    assert.equal(shop.mounts()[0]!.split(' ')[4], point);
  });

  it('mounts on names that are not UTF-8', async () => {
    const point = Buffer.concat([Buffer.from(`${shop.directory}/m `), Buffer.from([0xff, 0x5c, 0x0a])]);
    mkdirSync(point);
    const reply = await shop.daemon.ask(shop.daemon.mountMessage(1, '/', { target: point }));
    assert.deepEqual(reply, { type: 'mountReply', mountId: 1, errno: 0, message: '' });
    assert.ok((await stat(point)).isDirectory());
  });

  it('counts what passes', async () => {
    const point = await shop.mount();
    await stat(point);
    const stats = await shop.daemon.ask({ type: 'statsRequest' });
    assert.ok(stats.type === 'statsReply');
    const [mount] = stats.mounts;
    assert.equal(mount!.mountId, 1);
    assert.ok(mount!.requests >= 3 && mount!.replies >= 3, 'INIT, STATFS and GETATTR');
    assert.ok(mount!.bytesOut >= 3 * 40 && mount!.bytesIn >= 3 * 16);
  });

  it('serves several mounts, each on lanes of its own', async () => {
    const first = await shop.mount(1);
    const second = await shop.mount(2);
    const unmounted = await shop.daemon.ask({ type: 'unmount', mountId: 1, lazy: false });
    assert.deepEqual(unmounted, { type: 'unmountReply', mountId: 1, errno: 0, message: '' });
    assert.ok((await stat(second)).isDirectory());
    assert.deepEqual(readdirSync(first), []);
    assert.equal(shop.mounts().length, 1);
  });

  it('makes mounts that are asked for at the same time', async () => {
    const ids = [1, 2, 3, 4, 5];
    const points = await Promise.all(ids.map((id) => shop.mount(id)));
    for (const point of points) assert.ok((await stat(point)).isDirectory());
    assert.equal(shop.mounts().length, ids.length);
  });

  /** Asks for a mount that cannot be, and makes sure that nothing stays. */
  async function refused(target: string, errno: number, says: RegExp, mountId = 1): Promise<void> {
    const before = shop.mounts();
    const descriptors = openDescriptors(agent);
    const reply = await shop.daemon.ask(shop.daemon.mountMessage(mountId, target));
    assert.ok(reply.type === 'mountReply');
    assert.match(reply.message, says);
    assert.equal(reply.errno, errno);
    assert.deepEqual(shop.mounts(), before);
    assert.deepEqual(openDescriptors(agent), descriptors);
    assert.deepEqual(await shop.daemon.ask({ type: 'ping' }), { type: 'pong' });
  }

  it('refuses a directory that does not exist', async () => {
    await refused(join(shop.directory, 'none'), Errno.ENOENT, /no such directory in the guest; create it/);
  });

  it('refuses what is no directory', async () => {
    const file = join(shop.directory, 'file');
    writeFileSync(file, '');
    await refused(file, Errno.ENOTDIR, /not a directory/);
    await refused(join(file, 'below'), Errno.ENOTDIR, /ENOTDIR|not a directory/);
  });

  it('refuses to cover another mount of osmofs', async () => {
    const point = await shop.mount();
    await refused(point, Errno.EBUSY, /mounted there already; unmount it first/, 2);
  });

  it('refuses a mount id that is taken', async () => {
    await shop.mount(1);
    await refused(shop.point('other'), Errno.EEXIST, /mount 1 exists already/);
  });

  it('fails whole when the daemon refuses the lanes', async () => {
    shop.daemon.refusal = 'this lane belongs to nobody';
    await refused(shop.point(), Errno.EIO, /refuses this agent: this lane belongs to nobody/);
  });

  it('fails whole when the daemon drops the lanes instead of answering INIT', async () => {
    shop.daemon.answer = (request, lane) => {
      if (request.opcode !== Opcode.INIT) return emptyRoot(request);
      shop.daemon.lanes.get(lane)!.destroy();
      return undefined;
    };
    await refused(shop.point(), Errno.EIO, /the daemon closed the connection/);
  });

  it('fails whole when the daemon answers INIT with nonsense', async () => {
    shop.daemon.answer = (request) => {
      const answer = emptyRoot(request);
      if (request.opcode === Opcode.INIT) answer!.fill(0xff, 16);
      return answer;
    };
    await refused(shop.point(), Errno.EPROTO, /does not understand how the daemon answers INIT/);
  });
});

/** What the descriptors of the process lead to, without the numbers that change. */
function openDescriptors({ pid }: Agent): string[] {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory)
    .map((fd) => readlinkSync(join(directory, fd)).replace(/\d+/g, 'N'))
    .sort();
}
