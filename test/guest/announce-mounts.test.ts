/** Announcing and mounts: other views of the superblock, the order of things, and the end of it all. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { promises, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InjectKind } from '../../protocol/announce.js';
import { Errno } from '../../protocol/errno.js';
import { InitFlag } from '../../protocol/fuse/flags.js';
import { Opcode } from '../../protocol/fuse/opcodes.js';
import { fuse_init_in, fuse_init_out, fuse_out_header } from '../../protocol/fuse/structs.js';
import { announcement, barrier, inject, invalidateEntry } from '../support/announcements.js';
import { until } from '../support/until.js';
import { Announcing, exists, READY } from './support/announcing.js';
import { describeUnless, obstacleToMounts } from './support/mountable.js';

describeUnless(obstacleToMounts(), 'announcing and mounts', () => {
  const at = new Announcing();

  describe('other views', () => {
    it('a read-only mount shows what comes, and refuses everybody else', async () => {
      const point = await at.shop.mount(1, { readOnly: true });
      await at.watching.add(join(point, 'dir'), 'dir');
      assert.equal(await at.create('new'), 0);
      assert.deepEqual(await at.watching.events(), ['dir: CREATE new']);
      assert.equal(await promises.writeFile(join(point, 'dir/mine'), '').catch((error) => error.code), 'EROFS');
    });

    it('bind mounts and other mount namespaces are told the same', async () => {
      const point = await at.shop.mount();
      const bind = at.shop.point('bind');
      await at.run('mount', '--bind', join(point, 'dir'), bind);
      const { child } = await at.waiting('unshare', '--mount', 'sh', '-c', READY);
      await at.watching.add(bind, 'bind');
      // As the other namespace sees it; it is the same inode, so the same watch.
      await at.watching.add(`/proc/${child.pid}/root${point}/dir`, 'theirs');
      assert.equal(await at.create('new'), 0);
      assert.deepEqual(await at.watching.events(), ['theirs: CREATE new']);
      assert.equal(await exists(join(bind, 'new')), true);
      assert.equal(await exists(`/proc/${child.pid}/root${point}/dir/new`), true);
      child.kill('SIGKILL');
      await at.run('umount', bind);
    });

    for (const propagation of ['private', 'shared'])
      it(`what is mounted on the way is not in the way: the calls are made below it (${propagation})`, async () => {
        // A mount on a shared one is shared as well, and so are copies of it, unless they are told not to be.
        const parent = at.shop.point('mnt1');
        await at.run('mount', '--bind', parent, parent);
        await at.run('mount', `--make-${propagation}`, parent);
        const point = at.shop.point('mnt1/inner');
        const reply = await at.shop.daemon.ask(at.shop.daemon.mountMessage(1, point));
        assert.ok(reply.type === 'mountReply' && reply.errno === 0);
        await at.watching.add(point, 'root');
        await exists(join(point, 'dir'));
        await at.run('mount', '-t', 'tmpfs', 'over', join(point, 'dir'));
        assert.equal(await at.create('new'), 0);
        assert.equal(await exists(join(point, 'dir/new')), 'ENOENT');
        const times = { atime: { sec: 1n, nsec: 0 }, mtime: { sec: 1n, nsec: 0 } };
        assert.equal(await at.host.inject({ kind: InjectKind.TIMES, name: 'dir', ...times }), 0);
        assert.deepEqual(await at.watching.events(), ['root: ATTRIB|ISDIR dir']);
        await at.run('umount', join(point, 'dir'));
        assert.equal(await exists(join(point, 'dir/new')), true);
        assert.equal((await at.unmount(false)).errno, 0);
        await at.run('umount', parent);
      });
  });

  describe('order', () => {
    it('what is announced behind a notification waits for it, and every call is answered before the next one', async () => {
      const point = await at.shop.mount();
      await exists(join(point, 'dir'));
      const late = at.host.directory(at.host.root, 'late');
      // A LOOKUP without an answer holds its at.directory, which the notification needs.
      const usual = at.shop.daemon.answer;
      let owed: (() => void) | undefined;
      at.shop.daemon.answer = (request, lane) => {
        if (request.opcode !== Opcode.LOOKUP || request.nodeid !== late.id) return usual(request, lane);
        owed = () => at.host.tell(usual(request, lane)!);
        return undefined;
      };
      const asked = exists(join(point, 'late/name'));
      await until(() => owed !== undefined, 'the LOOKUP');
      at.host.add(at.directory, 'file');
      at.host.log.length = 0;
      const times = { kind: InjectKind.TIMES, parent: at.directory.id, name: 'file', mtime: { sec: 1n, nsec: 0 } };
      const done = at.host.send(barrier, invalidateEntry(late.id, 'other'), inject(101n, times), inject(102n, times));
      // The agent has seen the announcements: they came before this request's answer.
      assert.equal(await exists(join(point, 'dir/nothing')), 'ENOENT');
      assert.equal(at.host.log.length, 0);
      owed!();
      assert.deepEqual([await done, await asked], [0, 'ENOENT']);
      const told = at.host.log.filter((line) => line === 'SETATTR' || line.startsWith('announced'));
      assert.deepEqual(told, ['SETATTR', 'announced 101 0', 'SETATTR', 'announced 102 0', 'announced 1 0']);
    });

    it('a directory is unknown once the kernel has forgotten it, and nobody is asked about it', async () => {
      const point = await at.shop.mount();
      await exists(join(point, 'dir'));
      assert.equal(await at.create('one'), 0);
      const forgotten = at.shop.daemon.until('request', ({ opcode, nodeid, body }) => {
        if (opcode === Opcode.FORGET) return nodeid === at.directory.id;
        return (
          opcode === Opcode.BATCH_FORGET && body.includes(Buffer.from([Number(at.directory.id), 0, 0, 0, 0, 0, 0, 0]))
        );
      });
      await at.host.send(barrier, invalidateEntry(1n, 'dir'));
      await forgotten;
      at.host.log.length = 0;
      assert.equal(await at.create('two'), Errno.ESTALE);
      assert.deepEqual(
        at.host.log.filter((line) => !line.startsWith('announced')),
        [],
      );
      assert.equal(await exists(join(point, 'dir')), true);
      assert.equal(await at.create('three'), 0, 'known again');
    });

    it('to be opened costs a directory the validity of its name: it is asked for once more, and nothing else is', async () => {
      const point = await at.shop.mount();
      assert.equal(await exists(join(point, 'dir')), true);
      const names: string[] = [];
      at.shop.daemon.on('request', ({ opcode, injected, body }) => {
        if (opcode === Opcode.LOOKUP && !injected) names.push(body.toString('latin1', 0, body.indexOf(0)));
      });
      assert.equal(await exists(join(point, 'dir')), true);
      assert.deepEqual(names, []);
      assert.equal(await at.create('new'), 0);
      for (let times = 0; times < 2; times++) assert.equal(await exists(join(point, 'dir/new')), true);
      assert.deepEqual(names, ['dir']);
    });

    it('a daemon that says file handles cannot be decoded is taken at its word', async function () {
      const usual = at.shop.daemon.answer;
      let offered = false;
      at.shop.daemon.answer = (request, lane) => {
        if (request.opcode !== Opcode.INIT) return usual(request, lane);
        offered =
          (request.body.readUInt32LE(fuse_init_in.at.flags2) & (1 << (InitFlag.FUSE_NO_EXPORT_SUPPORT - 32))) !== 0;
        const answer = usual(request, lane)!;
        const at = fuse_out_header.size + fuse_init_out.at.flags;
        answer.writeUInt32LE((answer.readUInt32LE(at) | (1 << InitFlag.FUSE_INIT_EXT)) >>> 0, at);
        const at2 = fuse_out_header.size + fuse_init_out.at.flags2;
        answer.writeUInt32LE(1 << (InitFlag.FUSE_NO_EXPORT_SUPPORT - 32), at2);
        return answer;
      };
      const point = await at.shop.mount();
      // Kernels before 6.9 do not know it.
      if (!offered) this.skip();
      await exists(join(point, 'dir'));
      assert.equal(await at.create('new'), Errno.ESTALE);
    });

    it('a watched directory whose name the kernel has dropped is unknown until somebody walks there', async () => {
      const point = await at.shop.mount();
      await at.watching.add(join(point, 'dir'), 'dir');
      await at.host.send(barrier, invalidateEntry(1n, 'dir'));
      assert.equal(await at.create('one'), Errno.ESTALE);
      assert.equal(await exists(join(point, 'dir')), true);
      assert.equal(await at.create('two'), 0);
      assert.deepEqual(await at.watching.events(), ['dir: CREATE two']);
    });
  });

  it('calls are counted by how they ended', async () => {
    const point = await at.shop.mount();
    await exists(join(point, 'dir'));
    assert.deepEqual([await at.create('one'), await at.create('two')], [0, 0]);
    const unknown = { kind: InjectKind.UNLINK, parent: 4711n, name: 'x' };
    assert.equal(await at.host.inject(unknown), Errno.ESTALE);
    const stats = await at.shop.daemon.ask({ type: 'statsRequest' });
    assert.ok(stats.type === 'statsReply');
    assert.deepEqual([stats.mounts[0]!.injected, stats.mounts[0]!.notInjected], [2, 1]);
  });

  describe('the end', () => {
    let point: string;
    let staged: () => Promise<void>;

    beforeEach(async () => {
      at.host.directory(at.host.root, '.staging');
      point = await at.shop.mount();
      await exists(join(point, 'dir'));
      staged = async () => {
        assert.equal(await at.host.inject({ kind: InjectKind.STAGE, name: '.staging' }), 0);
        assert.equal(await at.create('first'), 0);
      };
    });

    it('an orderly unmount takes everything with it, also what the injecting thread holds', async () => {
      await staged();
      const lanes = [...at.shop.daemon.lanes.values()].map((lane) => once(lane, 'close'));
      assert.deepEqual(await at.unmount(false), { errno: 0, message: '' });
      await Promise.all(lanes);
      assert.deepEqual(at.shop.mounts(), []);
    });

    it('one that is refused leaves everything as it was', async () => {
      await staged();
      const user = await at.waiting('sh', '-c', `cd "$1" && ${READY}`, 'sh', point);
      assert.equal((await at.unmount(false)).errno, Errno.EBUSY);
      await at.watching.add(join(point, 'dir'), 'dir');
      assert.equal(await at.create('second'), 0);
      assert.deepEqual(await at.watching.events(), ['dir: CREATE second']);
      user.child.kill('SIGKILL');
      await user.ended;
      assert.deepEqual(await at.unmount(false), { errno: 0, message: '' });
    });

    it('a lazy one leaves it to its users, to whom nothing is announced any more', async () => {
      await staged();
      const user = await at.waiting('sh', '-c', `cd "$1" && ${READY}`, 'sh', point);
      assert.match((await at.unmount(true)).message, /ends with its last user/);
      assert.equal(await at.create('second'), Errno.ENODEV);
      await at.host.barrier();
      const end = at.shop.mountEnd();
      user.child.kill('SIGKILL');
      assert.match(await end, /unmounted as asked/);
    });

    for (const options of [[], ['-l']]) {
      it(`is noticed when somebody else unmounts it (umount ${options.join('')})`, async () => {
        await staged();
        const end = at.shop.mountEnd();
        await at.run('umount', ...options, point);
        assert.equal(await end, 'it was unmounted');
      });
    }

    it('a bind mount keeps it when somebody else unmounts it, and ends it', async () => {
      await staged();
      const bind = at.shop.point('bind');
      await at.run('mount', '--bind', join(point, 'dir'), bind);
      await at.run('umount', point);
      assert.equal(await exists(join(bind, 'first')), true);
      const end = at.shop.mountEnd();
      await at.run('umount', bind);
      assert.equal(await end, 'it was unmounted');
    });

    /** A call that waits for the daemon; resolves when it does. */
    async function hanging(): Promise<void> {
      at.host.intercept = () => undefined;
      const asked = at.shop.daemon.until('request', ({ injected }) => injected);
      at.host.tell(inject(1n, { kind: InjectKind.UNLINK, parent: at.directory.id, name: 'never' }));
      await asked;
    }

    it('comes while a call waits for the daemon: a broken lane frees it', async () => {
      await hanging();
      const end = at.shop.mountEnd();
      at.shop.daemon.lanes.get('data')!.destroy();
      assert.match(await end, /the daemon closed the connection/);
      assert.deepEqual(at.shop.mounts(), []);
      assert.deepEqual(await at.shop.daemon.ask({ type: 'ping' }), { type: 'pong' });
    });

    it('comes while a call waits for the daemon: a killed agent is gone, and so is its connection', async () => {
      await hanging();
      at.agent.kill('SIGKILL');
      assert.equal((await at.agent.ended).signal, 'SIGKILL');
      assert.equal(await exists(join(point, 'dir')), 'ENOTCONN');
      await at.run('umount', point);
    });

    for (const [what, message, reason] of [
      ['nonsense', announcement(0x4f01, Buffer.alloc(3)), 'the daemon announced something that makes no sense'],
      [
        'more than it may',
        Buffer.concat(
          Array.from({ length: 5000 }, (_, seq) => inject(BigInt(seq), { kind: InjectKind.STAT, name: 'dir' })),
        ),
        'the daemon announced more at once than it may',
      ],
    ] as const) {
      it(`comes to who announces ${what}`, async () => {
        const end = at.shop.mountEnd();
        at.host.tell(message);
        assert.equal(await end, reason);
        assert.deepEqual(at.shop.mounts(), []);
      });
    }
  });

  it('an agent that may mount, but not open by file handle, carries out notifications and injects nothing', async () => {
    at.agent.kill('SIGTERM');
    await at.agent.ended;
    const without = ['--bounding-set=-dac_read_search', '--inh-caps=-dac_read_search', process.execPath];
    const hello = at.shop.daemon.until('connection');
    at.shop.run('setpriv', [...without, ...at.shop.agentArguments(['--token-file', at.shop.tokenFile])]);
    await hello;
    const point = await at.shop.mount();
    await exists(join(point, 'dir'));
    assert.equal(await at.host.inject({ kind: InjectKind.STAGE, name: 'dir' }), Errno.EPERM);
    assert.equal(await at.create('new'), Errno.EPERM);
    assert.equal(await at.host.send(barrier, invalidateEntry(1n, 'dir')), 0);
  });

  it('a daemon that has not agreed may send notifications, and nothing else', async () => {
    at.agent.kill('SIGTERM');
    await at.agent.ended;
    at.shop.daemon.features = [];
    await at.shop.agent();
    const point = await at.shop.mount();
    at.host.tell(invalidateEntry(1n, 'name'));
    assert.equal(await exists(join(point, 'dir')), true);
    const end = at.shop.mountEnd();
    at.host.tell(barrier(1n));
    assert.equal(await end, 'the daemon announced something that makes no sense');
  });

  it('a mount takes its threads with it', async () => {
    const threads = () => Number(readFileSync(`/proc/${at.agent.pid}/status`, 'latin1').match(/Threads:\s+(\d+)/)![1]);
    const round = async (mountId: number) => {
      const point = await at.shop.mount(mountId);
      await exists(join(point, 'dir'));
      assert.equal(await at.create(`n${mountId}`), 0);
      assert.equal((await at.unmount(false, mountId)).errno, 0);
    };
    // Node's own threads begin with the first one.
    await round(1);
    const before = threads();
    for (let mountId = 2; mountId <= 6; mountId++) await round(mountId);
    await until(() => threads() <= before, `no more than ${before} threads`);
  });
});
