/** INIT, DESTROY, and how a mount ends: nothing is left, whoever ends it and in the middle of whatever. */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { ServedMount } from '../../host/served-mount.js';
import * as s from '../../protocol/fuse/structs.js';
import * as sys from '../support/sys.js';
import { openDescriptors, withoutLeak } from './support/descriptors.js';
import { inTime } from './support/eventually.js';
import { Guest } from './support/guest.js';
import { cstring, pack, unpack } from './support/message.js';
import { ROOT, Vfs } from './support/vfs.js';

describe('INIT', () => {
  let guest: Guest;
  beforeEach(async () => {
    guest = await Guest.open({ init: false });
  });
  afterEach(() => guest.close());

  it('agrees on requests of a megabyte and on flags that were offered', async () => {
    const out = await guest.init({ flags: 0x0040_0001, flags2: 0 });
    assert.deepEqual([out.major, out.max_write, out.max_pages, out.time_gran], [7, 1 << 20, 256, 1]);
    assert.deepEqual([out.flags, out.flags2], [0x0040_0001, 0]);
  });

  it('refuses a kernel that is too old, and may be tried again', async () => {
    await assert.rejects(guest.init({ minor: 30 }), { code: 'EPROTO' });
    await assert.rejects(guest.init({ major: 6 }), { code: 'EPROTO' });
    assert.equal((await guest.init({ minor: 31 })).minor, 45);
  });

  it('tells a kernel of a later major version which one is spoken, and waits for that', async () => {
    assert.equal((await guest.init({ major: 8 })).major, 7);
    assert.equal((await guest.init()).flags !== 0, true);
  });

  it('the short form of older kernels is understood', async () => {
    const short = pack(s.fuse_init_in, { major: 7, minor: 31, flags: 1 }).subarray(0, 16);
    assert.equal(unpack(s.fuse_init_out, await guest.call('INIT', {}, short)).flags, 1);
    const body = [pack(s.fuse_setxattr_in, { size: 1 }).subarray(0, 8), cstring('user.x'), Buffer.from('y')];
    await guest.call('SETXATTR', { nodeid: ROOT }, ...body);
  });

  it('has to come first, and once', async () => {
    await assert.rejects(guest.ask('GETATTR', { nodeid: ROOT }, Buffer.alloc(16)), { name: 'LaneClosed' });
    assert.equal(await guest.ended, 'protocol violation: GETATTR before INIT');
    const other = await Guest.open();
    await assert.rejects(other.init(), { name: 'LaneClosed' });
    assert.equal(await other.ended, 'protocol violation: INIT a second time');
    await other.close();
  });
});

describe('the end of a mount', () => {
  /** A guest with everything that can be held: nodes, handles, orphans, locks, waits, queued work. */
  async function busy(): Promise<Vfs> {
    const v = await Vfs.open();
    for (let i = 0; i < 10; i++) {
      const { nodeid } = await v.mkdir(ROOT, `d${i}`);
      const f = await v.create(nodeid, 'f');
      await v.write(f.nodeid, f.fh, 0, Buffer.alloc(100_000));
      await v.opendir(nodeid);
      await v.create(nodeid, 'gone');
      await v.unlink(nodeid, 'gone');
      const lk = { start: 0n, end: 10n, type: 1, pid: 1 };
      await v.call('SETLK', f.nodeid, {}, pack(s.fuse_lk_in, { fh: f.fh, owner: 1n, lk }));
      v.guest
        .start('SETLKW', { nodeid: f.nodeid }, pack(s.fuse_lk_in, { fh: f.fh, owner: 2n, lk }))
        .reply.catch(() => {});
      v.fsync(f.nodeid, f.fh).catch(() => {});
      v.read(f.nodeid, f.fh, 0, 100_000).catch(() => {});
    }
    return v;
  }

  before(async () => {
    // What a process opens once and keeps: pool threads, the addon itself.
    await (await busy()).close();
  });

  it('by the guest, at once and in the middle of everything, gives every descriptor back', async () => {
    await withoutLeak(async () => {
      const v = await busy();
      assert.equal(await v.guest.leave(), 'the guest closed the connection');
      await v.close();
    });
  });

  it('by DESTROY and then the connection too', async () => {
    await withoutLeak(async () => {
      const v = await busy();
      await v.call('DESTROY', 0n, {});
      const { handles, lockOwners } = await v.guest.statistics();
      assert.deepEqual([handles, lockOwners], [0, 0]);
      await v.close();
    });
  });

  it('by the host', async () => {
    await withoutLeak(async () => {
      const v = await busy();
      assert.equal(await v.guest.endFromHost('unmounted'), 'unmounted');
      await inTime('both lanes are closed', Promise.all([v.guest.meta.closed, v.guest.data.closed]));
      // A second end, and one after the end, are the same end.
      await v.guest.served.end('again');
      await v.close();
    });
  });

  for (const lane of ['meta', 'data'] as const) {
    it(`by the loss of its ${lane} lane alone`, async () => {
      await withoutLeak(async () => {
        const v = await busy();
        await v.guest[lane].cut();
        assert.equal(await inTime('the end', v.guest.ended), 'the guest closed the connection');
        await v.close();
      });
    });
  }

  it('in the middle of a message, on either lane', async () => {
    await withoutLeak(async () => {
      for (const lane of ['meta', 'data'] as const) {
        for (const piece of [1, 39, 41, 90, 5000]) {
          const v = await Vfs.open();
          const { fh } = await v.create(ROOT, 'f');
          const fixed = pack(s.fuse_write_in, { fh, size: 100_000 });
          const header = pack(s.fuse_in_header, {
            len: 100_080,
            opcode: lane === 'data' ? 16 : 21,
            unique: 9n,
            nodeid: ROOT,
          });
          v.guest[lane].send(Buffer.concat([header, fixed, Buffer.alloc(100_000)]).subarray(0, piece));
          assert.equal(await v.guest.leave(), 'the guest closed the connection');
          await v.close();
        }
      }
    });
  });

  it('before any lane came, and after one only', async () => {
    await withoutLeak(async () => {
      const unattached = await Guest.open({ init: false });
      await unattached.endFromHost('changed our mind');
      await unattached.close();
      assert.equal(unattached.served.listenerCount('ended'), 0);
    });
  });

  it('because a lane cannot be served, with the reason', async () => {
    await withoutLeak(async () => {
      const guest = await Guest.open({ init: false });
      await guest.leave();
      const served = new ServedMount({ ...guest.served.options, root: guest.root });
      await served.open();
      const ended = new Promise((resolve) => served.once('ended', resolve));
      // No descriptor of anything: as when the process has run out of what a lane takes.
      served.attachLane('meta', 0x7fff_0000);
      assert.equal(await inTime('the end', ended), 'the meta lane cannot be served: EBADF');
      await guest.close();
    });
  });

  it('a violation ends that session only, with a reason, and touches nothing', async () => {
    const control = await Vfs.open();
    writeFileSync(control.guest.at('f'), '');
    await withoutLeak(async () => {
      const v = await Vfs.open({ root: control.guest.root });
      await assert.rejects(v.mkdir(ROOT, '../out'), { name: 'LaneClosed' });
      assert.equal(await v.guest.ended, 'protocol violation: a name contains a slash');
      await v.close();
    });
    assert.deepEqual(await control.names(ROOT), ['f']);
    assert.deepEqual(readdirSync(control.guest.root), ['f']);
    await control.close();
  });

  it('many mounts come and go without a trace', async () => {
    await withoutLeak(async () => {
      for (let round = 0; round < 5; round++) {
        const all = await Promise.all(Array.from({ length: 4 }, () => busy()));
        await Promise.all(all.map((v) => v.close()));
      }
    });
    assert.ok(openDescriptors().length > 0);
    sys.closeAll();
  });

  it('after everything was given back in order the figures are those of the beginning', async () => {
    const v = await Vfs.open();
    const { nodeid } = await v.mkdir(ROOT, 'd');
    const f = await v.create(nodeid, 'f');
    const dir = await v.opendir(nodeid);
    const plus = await v.readdirplus(nodeid, dir);
    await v.flush(f.nodeid, f.fh, 1n);
    await v.release(f.nodeid, f.fh);
    await v.releasedir(nodeid, dir);
    v.forget(f.nodeid, 1 + plus.filter(({ entry }) => entry.nodeid !== 0n).length);
    v.forget(nodeid);
    const { nodes, handles, lockOwners, excessForgets, errors } = await v.guest.statistics();
    assert.deepEqual(
      { nodes, handles, lockOwners, excessForgets, errors },
      { nodes: 1, handles: 0, lockOwners: 0, excessForgets: 0, errors: {} },
    );
    await v.close();
  });
});
