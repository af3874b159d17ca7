/** Superblocks that are mounted out of sight, and binds of their directories. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { readdir, stat, statfs } from 'node:fs/promises';
import type { Bind, Body } from '../../protocol/control.js';
import { Errno } from '../../protocol/errno.js';
import { Opcode } from '../../protocol/fuse/opcodes.js';
import { ANNOUNCEMENTS_FEATURE, BINDS } from '../../protocol/version.js';
import { until } from '../support/until.js';
import { type Agent, Workshop } from './support/agent-process.js';
import { emptyRoot } from './support/fake-fs.js';
import { describeUnless, obstacleToMounts } from './support/mountable.js';

const SUPERBLOCK = 100;

describeUnless(obstacleToMounts(), 'binds of a superblock', () => {
  let shop: Workshop;
  let agent: Agent;
  const place = () => `/run/osmofs-agent-${agent.pid}`;
  /** Lines of /proc/self/mountinfo of what is hidden. */
  const hidden = () =>
    readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.split(' ')[4]?.startsWith(place()));
  const bind = (mountId: number, target: string, more: Partial<Bind> = {}) =>
    shop.daemon.ask({
      type: 'bind',
      mountId,
      superblockId: SUPERBLOCK,
      directory: new Uint8Array(0),
      target: Buffer.from(target),
      readOnly: false,
      ...more,
    });
  const done = (type: 'mountReply' | 'bindReply' | 'unmountReply', mountId: number): Body => {
    return { type, mountId, errno: 0, message: '' };
  };
  const errnoOf = async (reply: Promise<Body>) => {
    const body = await reply;
    return 'errno' in body ? body.errno : body.type;
  };
  const unmount = (mountId: number) => shop.daemon.ask({ type: 'unmount', mountId, lazy: false });

  beforeEach(async () => {
    shop = await Workshop.open();
    shop.daemon.features = [ANNOUNCEMENTS_FEATURE, BINDS];
    agent = await shop.agent(['--token-file', shop.tokenFile, '--vm']);
    const reply = await shop.daemon.ask(shop.daemon.mountMessage(SUPERBLOCK, ''));
    assert.deepEqual(reply, done('mountReply', SUPERBLOCK));
  });
  afterEach(async () => {
    await shop.close();
    assert.deepEqual(hidden(), [], 'nothing hidden is left');
    assert.ok(!existsSync(place()), 'nor its place');
  });

  it('is offered by an agent that is root in a virtual machine, and by no other', async () => {
    assert.ok(shop.daemon.hellos[0]!.features.includes(BINDS));
    shop.daemon.hellos.length = 0;
    await shop.agent();
    assert.ok(!shop.daemon.hellos[0]!.features.includes(BINDS));
  });

  it('the superblock is where only root may go, and appears in no other mount namespace', async () => {
    assert.deepEqual(shop.mounts(), []);
    assert.equal(statSync(place()).mode & 0o7777, 0o700);
    const [own, superblock] = hidden();
    for (const line of [own!, superblock!]) assert.doesNotMatch(line, / (shared|master):/);
    assert.match(superblock!, /nosuid,nodev.* - fuse\.osmofs /);
  });

  it('each is a mount of its own on the one superblock', async () => {
    const [one, two] = [shop.point('one'), shop.point('two')];
    assert.deepEqual(await bind(1, one), done('bindReply', 1));
    assert.deepEqual(await bind(2, two, { readOnly: true }), done('bindReply', 2));
    assert.equal((await stat(one)).dev, (await stat(two)).dev);
    assert.deepEqual(await readdir(two), []);
    assert.match(shop.mounts()[1]!, / ro,nosuid,nodev/);
    assert.match(shop.mounts()[0]!, / rw,nosuid,nodev/);
    assert.deepEqual(await unmount(1), done('unmountReply', 1));
    assert.equal((await statfs(two)).blocks, 7, 'the other one goes on');
    assert.deepEqual(await unmount(2), done('unmountReply', 2));
    assert.deepEqual(await unmount(SUPERBLOCK), done('unmountReply', SUPERBLOCK));
  });

  it('go with their superblock, and the daemon is told of each', async () => {
    const one = shop.point('one');
    await bind(1, one);
    const told = shop.mountEnd(1);
    assert.equal(await errnoOf(unmount(SUPERBLOCK)), 0);
    assert.equal(await told, 'it was unmounted as asked');
    assert.deepEqual(shop.mounts(), []);
  });

  it('are refused where they cannot be, and leave nothing', async () => {
    const one = shop.point('one');
    assert.equal(await errnoOf(bind(1, one, { superblockId: 5 })), Errno.ENOENT);
    assert.equal(await errnoOf(bind(SUPERBLOCK, one)), Errno.EEXIST);
    assert.equal(await errnoOf(bind(1, one, { directory: Buffer.from('missing') })), Errno.ENOENT);
    assert.deepEqual(shop.mounts(), []);
    assert.equal(await errnoOf(bind(1, one)), 0);
    assert.equal(await errnoOf(bind(1, shop.point('two'))), Errno.EEXIST);
    assert.equal(await errnoOf(bind(2, one)), Errno.EBUSY, 'where one is already');
    assert.equal(shop.mounts().length, 1);
  });

  it('that somebody unmounts is told to the daemon', async () => {
    const [one, two] = [shop.point('one'), shop.point('two')];
    await bind(1, one);
    await bind(2, two);
    const told = shop.mountEnd(2);
    shop.run('umount', [two]);
    assert.equal(await told, 'it was unmounted in the guest');
    assert.equal((await statfs(one)).blocks, 7);
  });

  it('and superblock are given up when the daemon goes away, also while one is being made', async () => {
    const one = shop.point('one');
    await bind(1, one);
    shop.daemon.answer = (request) => (request.opcode === Opcode.LOOKUP ? undefined : emptyRoot(request));
    const asked = shop.daemon.until('request', ({ opcode }) => opcode === Opcode.LOOKUP);
    const target = Buffer.from(shop.point('two'));
    const directory = Buffer.from('slow');
    shop.daemon.tell({ type: 'bind', mountId: 2, superblockId: SUPERBLOCK, directory, target, readOnly: false });
    await asked;
    shop.daemon.control!.destroy();
    await until(() => shop.mounts().length === 0 && hidden().length === 0, 'everything is unmounted');
  });

  it('a superblock out of sight is refused by an agent that has not agreed to it', async () => {
    const other = await Workshop.open();
    try {
      await other.agent();
      assert.equal(await errnoOf(other.daemon.ask(other.daemon.mountMessage(1, ''))), Errno.EINVAL);
    } finally {
      await other.close();
    }
  });
});
