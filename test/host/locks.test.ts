/**
 * Locks of guest processes: conflicts, waits and their ends. The host process here is the one that serves, so its own
 * locks are those of open file descriptions: a process's record locks would end with any descriptor the lanes close.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Errno } from '../../protocol/errno.js';
import { fuse_interrupt_in, fuse_lk_in, fuse_lk_out, fuse_release_in } from '../../protocol/fuse/structs.js';
import { F_RDLCK, F_UNLCK, F_WRLCK } from '../../protocol/linux.js';
import * as sys from '../support/sys.js';
import { eventually } from './support/eventually.js';
import { pack, unpack } from './support/message.js';
import { ROOT, Vfs } from './support/vfs.js';

const TO_END = 0x7fff_ffff_ffff_ffffn;
const FLOCK = 1;

interface Lock {
  readonly owner: bigint;
  readonly type: number;
  readonly start?: bigint;
  readonly end?: bigint;
  readonly pid?: number;
  readonly flags?: number;
}

describe('locks', () => {
  let v: Vfs;
  let nodeid: bigint;
  let fh: bigint;
  beforeEach(async () => {
    v = await Vfs.open();
    ({ nodeid, fh } = await v.create(ROOT, 'f'));
  });
  afterEach(async () => {
    sys.closeAll();
    await v.close();
  });

  function message({ owner, type, start = 0n, end = TO_END, pid = 1, flags = 0 }: Lock, handle = fh): Buffer {
    return pack(fuse_lk_in, { fh: handle, owner, lk: { start, end, type, pid }, lk_flags: flags });
  }
  const set = (lock: Lock, handle = fh) => v.call('SETLK', nodeid, {}, message(lock, handle));
  const wait = (lock: Lock, handle = fh) => v.guest.start('SETLKW', { nodeid }, message(lock, handle));
  async function test(lock: Lock) {
    return unpack(fuse_lk_out, await v.call('GETLK', nodeid, {}, message(lock))).lk;
  }
  const interrupt = (unique: bigint) => v.guest.tell('INTERRUPT', { nodeid: 0n }, pack(fuse_interrupt_in, { unique }));
  /** The wait has not been answered, and the lane has gone on. */
  async function assertWaiting(unique: bigint): Promise<void> {
    await v.getattr(ROOT);
    assert.ok(v.guest.meta.isPending(unique));
  }

  it('exclude each other between owners, and between the guest and a host process', async () => {
    await set({ owner: 1n, type: F_WRLCK, start: 0n, end: 99n });
    await assert.rejects(set({ owner: 2n, type: F_RDLCK, start: 50n, end: 60n }), { code: 'EAGAIN' });
    await set({ owner: 2n, type: F_WRLCK, start: 100n });
    const fd = sys.open(v.guest.at('f'), sys.C.O_RDWR);
    assert.throws(() => sys.ofdLock(fd, sys.C.F_WRLCK, 10, 1), { code: 'EAGAIN' });
    await set({ owner: 1n, type: F_UNLCK });
    sys.ofdLock(fd, sys.C.F_WRLCK, 10, 1);
    await assert.rejects(set({ owner: 1n, type: F_RDLCK, start: 10n, end: 10n }), { code: 'EAGAIN' });
    await set({ owner: 1n, type: F_WRLCK, start: 11n, end: 20n });
  });

  it('GETLK names the guest process that is in the way, and none if it is a host process', async () => {
    await set({ owner: 1n, type: F_WRLCK, start: 10n, end: 19n, pid: 4321 });
    assert.deepEqual(await test({ owner: 2n, type: F_RDLCK }), { start: 10n, end: 19n, type: F_WRLCK, pid: 4321 });
    assert.equal((await test({ owner: 1n, type: F_RDLCK })).type, F_UNLCK);
    assert.equal((await test({ owner: 2n, type: F_RDLCK, start: 20n })).type, F_UNLCK);
    await set({ owner: 1n, type: F_UNLCK });
    const fd = sys.open(v.guest.at('f'), sys.C.O_RDWR);
    sys.ofdLock(fd, sys.C.F_WRLCK, 5, 5);
    const found = await test({ owner: 2n, type: F_WRLCK });
    assert.deepEqual([found.start, found.end, found.type], [5n, 9n, F_WRLCK]);
  });

  it('end with FLUSH of their owner, with RELEASE, and with the session', async () => {
    const other = await v.open(nodeid);
    const fd = sys.open(v.guest.at('f'), sys.C.O_RDWR);
    const isFree = () => sys.getlk(fd, sys.C.F_OFD_GETLK, { type: sys.C.F_WRLCK }).type === sys.C.F_UNLCK;
    await set({ owner: 1n, type: F_WRLCK });
    await v.flush(nodeid, other, 2n);
    assert.ok(!isFree());
    await v.flush(nodeid, other, 1n);
    assert.ok(isFree());
    await set({ owner: 3n, type: F_WRLCK }, other);
    await v.release(nodeid, other);
    assert.ok(isFree());
    await set({ owner: 4n, type: F_WRLCK });
    assert.equal((await v.guest.statistics()).lockOwners, 1);
    await v.guest.leave();
    assert.ok(isFree());
  });

  it('a wait gets its lock when it becomes free, and the lane goes on meanwhile', async () => {
    await set({ owner: 1n, type: F_WRLCK });
    const { unique, reply } = wait({ owner: 2n, type: F_WRLCK, pid: 22 });
    await assertWaiting(unique);
    await set({ owner: 1n, type: F_UNLCK });
    assert.equal((await reply).error, 0);
    assert.equal((await test({ owner: 1n, type: F_RDLCK })).pid, 22);
  });

  it('a wait for a host process gets its lock when that lets go', async () => {
    const fd = sys.open(v.guest.at('f'), sys.C.O_RDWR);
    sys.ofdLock(fd, sys.C.F_WRLCK);
    const { unique, reply } = wait({ owner: 2n, type: F_WRLCK });
    await assertWaiting(unique);
    sys.close(fd);
    assert.equal((await reply).error, 0);
  });

  it('an interrupted wait is answered once, EINTR, and holds nothing', async () => {
    await set({ owner: 1n, type: F_WRLCK });
    for (let round = 0; round < 50; round++) {
      const { unique, reply } = wait({ owner: 2n, type: F_WRLCK });
      if (round % 2) await assertWaiting(unique);
      for (let i = 0; i <= round % 3; i++) interrupt(unique);
      assert.equal((await reply).error, Errno.EINTR);
    }
    await set({ owner: 1n, type: F_UNLCK });
    await set({ owner: 3n, type: F_WRLCK });
    assert.deepEqual(v.guest.meta.strays, []);
    assert.equal((await v.guest.statistics()).lockOwners, 1);
  });

  it('an interrupt that races with the lock: one reply, and the lock is held exactly if that says so', async () => {
    const fd = sys.open(v.guest.at('f'), sys.C.O_RDWR);
    for (let round = 0; round < 100; round++) {
      await set({ owner: 1n, type: F_WRLCK });
      const { unique, reply } = wait({ owner: 2n, type: F_WRLCK });
      const unlock = set({ owner: 1n, type: F_UNLCK });
      interrupt(unique);
      const { error } = await reply;
      await unlock;
      assert.ok(error === 0 || error === Errno.EINTR, `${error}`);
      const held = sys.getlk(fd, sys.C.F_OFD_GETLK, { type: sys.C.F_WRLCK }).type !== sys.C.F_UNLCK;
      assert.equal(held, error === 0, `round ${round}`);
      await set({ owner: 2n, type: F_UNLCK });
    }
    assert.deepEqual(v.guest.meta.strays, []);
  });

  it('an interrupt of what does not wait, or is unknown, changes nothing and has no reply', async () => {
    for (const unique of [0n, 4n, 1n << 63n, v.guest.nextUnique()]) interrupt(unique);
    const { unique, reply } = v.guest.start('GETATTR', { nodeid: ROOT }, Buffer.alloc(16));
    interrupt(unique);
    assert.equal((await reply).error, 0);
    await v.getattr(ROOT);
    assert.deepEqual(v.guest.meta.strays, []);
  });

  it('two that wait for each other are found out: EDEADLK', async () => {
    await set({ owner: 1n, type: F_WRLCK, start: 0n, end: 0n });
    await set({ owner: 2n, type: F_WRLCK, start: 1n, end: 1n });
    const first = wait({ owner: 1n, type: F_WRLCK, start: 1n, end: 1n });
    await assertWaiting(first.unique);
    const second = await wait({ owner: 2n, type: F_WRLCK, start: 0n, end: 0n }).reply;
    assert.equal(second.error, Errno.EDEADLK);
    await set({ owner: 2n, type: F_UNLCK });
    assert.equal((await first.reply).error, 0);
  });

  it('flock(2) belongs to the handle: other handles and host processes are kept out, waits can be interrupted', async () => {
    const other = await v.open(nodeid);
    await set({ owner: 1n, type: F_WRLCK, flags: FLOCK });
    await set({ owner: 9n, type: F_WRLCK, flags: FLOCK });
    await assert.rejects(set({ owner: 1n, type: F_RDLCK, flags: FLOCK }, other), { code: 'EAGAIN' });
    const fd = sys.open(v.guest.at('f'), sys.C.O_RDWR);
    assert.throws(() => sys.flock(fd, sys.C.LOCK_SH | sys.C.LOCK_NB), { code: 'EAGAIN' });
    const { unique, reply } = wait({ owner: 1n, type: F_RDLCK, flags: FLOCK }, other);
    await assertWaiting(unique);
    interrupt(unique);
    assert.equal((await reply).error, Errno.EINTR);
    const again = wait({ owner: 1n, type: F_RDLCK, flags: FLOCK }, other);
    await assertWaiting(again.unique);
    await v.call('RELEASE', nodeid, {}, pack(fuse_release_in, { fh, release_flags: 2 }));
    assert.equal((await again.reply).error, 0);
    assert.throws(() => sys.flock(fd, sys.C.LOCK_EX | sys.C.LOCK_NB), { code: 'EAGAIN' });
    await v.release(nodeid, other);
    sys.flock(fd, sys.C.LOCK_EX | sys.C.LOCK_NB);
  });

  it('a session that ends while many wait leaves no lock, no wait and no thread of them', async () => {
    await set({ owner: 1n, type: F_WRLCK });
    const waits = Array.from({ length: 60 }, (_, i) => wait({ owner: BigInt(i + 2), type: F_WRLCK }));
    for (const { reply } of waits) reply.catch(() => {});
    await assertWaiting(waits.at(-1)!.unique);
    await v.guest.leave();
    const fd = sys.open(v.guest.at('f'), sys.C.O_RDWR);
    sys.ofdLock(fd, sys.C.F_WRLCK);
    await eventually('the threads of the waits are gone', () => !threadNames().includes('osmofs-lock'));
  });

  it('an owner with a wait under way may unlock what it has', async () => {
    await set({ owner: 1n, type: F_WRLCK, start: 0n, end: 9n });
    await set({ owner: 2n, type: F_WRLCK, start: 10n, end: 19n });
    const { unique, reply } = wait({ owner: 2n, type: F_WRLCK, start: 0n, end: 9n });
    await assertWaiting(unique);
    await v.flush(nodeid, fh, 2n);
    await set({ owner: 3n, type: F_WRLCK, start: 10n, end: 19n });
    await assertWaiting(unique);
    await set({ owner: 1n, type: F_UNLCK });
    assert.equal((await reply).error, 0);
  });

  it('refuses what is no lock', async () => {
    for (const [start, end] of [
      [5n, 2n],
      [1n << 63n, TO_END],
      [0xffff_ffff_ffff_ffffn, 0xffff_ffff_ffff_ffffn],
    ] as const) {
      await assert.rejects(set({ owner: 1n, type: F_WRLCK, start, end }), { code: 'EINVAL' });
      await assert.rejects(test({ owner: 1n, type: F_WRLCK, start, end }), { code: 'EINVAL' });
      assert.equal((await wait({ owner: 1n, type: F_RDLCK, start, end }).reply).error, Errno.EINVAL);
    }
    await assert.rejects(set({ owner: 1n, type: 3 }), { code: 'EINVAL' });
    await assert.rejects(test({ owner: 1n, type: F_UNLCK }), { code: 'EINVAL' });
    const reading = await v.open(nodeid, 0);
    assert.equal((await v.guest.statistics()).lockOwners, 0);
    await v.release(nodeid, reading);
  });

  it('many owners and files come and go without a trace', async () => {
    for (let i = 0; i < 20; i++) writeFileSync(v.guest.at(`${i}`), '');
    for (let i = 0; i < 20; i++) {
      const file = await v.lookup(ROOT, `${i}`);
      const handle = await v.open(file.nodeid);
      for (let owner = 1n; owner < 10n; owner++) {
        const range = { start: owner * 10n, end: owner * 10n + 5n };
        await v.call('SETLK', file.nodeid, {}, message({ owner, type: F_WRLCK, ...range }, handle));
      }
      if (i % 2) for (let owner = 1n; owner < 10n; owner++) await v.flush(file.nodeid, handle, owner);
      await v.release(file.nodeid, handle);
      v.forget(file.nodeid);
    }
    const { lockOwners, nodes, handles } = await v.guest.statistics();
    assert.deepEqual([lockOwners, nodes, handles], [0, 2, 1]);
  });
});

/** Names of this process's threads. */
function threadNames(): string[] {
  return readdirSync('/proc/self/task').map((id) => readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim());
}
