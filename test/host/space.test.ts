/** LSEEK, FALLOCATE, COPY_FILE_RANGE, FSYNC, SYNCFS, STATFS: ranges of files and the storage below them. */
import assert from 'node:assert/strict';
import { randomFillSync } from 'node:crypto';
import { readFileSync, statfsSync, statSync } from 'node:fs';
import * as s from '../../protocol/fuse/structs.js';
import { pack, unpack } from './support/message.js';
import { ROOT, Vfs } from './support/vfs.js';

const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const KEEP_SIZE = 1;
const PUNCH_HOLE = 2;
const ZERO_RANGE = 16;
const K64 = 65_536;

describe('ranges of files', () => {
  let v: Vfs;
  let nodeid: bigint;
  let fh: bigint;
  const path = (name = 'f') => v.guest.at(name);
  before(async () => {
    v = await Vfs.open();
  });
  beforeEach(async () => {
    ({ nodeid, fh } = await v.create(ROOT, 'f', 2 | 0o1000));
  });
  afterEach(() => v.release(nodeid, fh));
  after(() => v.close());

  async function seek(offset: bigint, whence: number): Promise<bigint> {
    const body = await v.call('LSEEK', nodeid, {}, pack(s.fuse_lseek_in, { fh, offset, whence }));
    return unpack(s.fuse_lseek_out, body).offset as bigint;
  }

  const allocate = (mode: number, offset: number | bigint, length: number | bigint, handle = fh) =>
    v.call('FALLOCATE', nodeid, {}, pack(s.fuse_fallocate_in, { fh: handle, offset, length, mode }));

  it('LSEEK finds data and holes, also beyond 4 GiB', async () => {
    const far = 5n << 30n;
    await v.write(nodeid, fh, K64, Buffer.alloc(K64, 1));
    await v.write(nodeid, fh, far, Buffer.alloc(K64, 1));
    assert.equal(await seek(0n, SEEK_DATA), BigInt(K64));
    assert.equal(await seek(0n, SEEK_HOLE), 0n);
    assert.equal(await seek(BigInt(K64), SEEK_HOLE), 2n * BigInt(K64));
    assert.equal(await seek(2n * BigInt(K64), SEEK_DATA), far);
    assert.equal(await seek(far, SEEK_HOLE), far + BigInt(K64));
    await assert.rejects(seek(far + BigInt(K64), SEEK_DATA), { code: 'ENXIO' });
    await assert.rejects(seek(1n << 63n, SEEK_DATA), { code: 'ENXIO' });
    for (const whence of [0, 1, 2, 5, 0xffff_ffff]) await assert.rejects(seek(0n, whence), { code: 'EINVAL' });
  });

  it('FALLOCATE reserves, extends, punches and zeroes', async () => {
    await allocate(0, 0, 4 * K64);
    assert.deepEqual([statSync(path()).size, statSync(path()).blocks >= (4 * K64) / 512], [4 * K64, true]);
    await allocate(KEEP_SIZE, 0, 8 * K64);
    assert.equal(statSync(path()).size, 4 * K64);
    await v.write(nodeid, fh, 0, Buffer.alloc(4 * K64, 1));
    await allocate(PUNCH_HOLE | KEEP_SIZE, K64, K64);
    await allocate(ZERO_RANGE, 3 * K64, 10);
    const file = readFileSync(path());
    assert.ok(file.subarray(0, K64).every((byte) => byte === 1));
    assert.ok(file.subarray(K64, 2 * K64).every((byte) => byte === 0));
    assert.ok(file.subarray(3 * K64, 3 * K64 + 10).every((byte) => byte === 0));
    assert.equal(file[3 * K64 + 10], 1);
  });

  it('FALLOCATE refuses what is no range, no mode, or not open for writing', async () => {
    await assert.rejects(allocate(0, 0, 0), { code: 'EINVAL' });
    const none = (error: { code: string }) => ['EFBIG', 'EINVAL'].includes(error.code);
    await assert.rejects(allocate(0, 1n << 63n, 10), none);
    await assert.rejects(allocate(0, 0, 0xffff_ffff_ffff_ffffn), none);
    await assert.rejects(allocate(0, 1n << 62n, 1n << 62n), none);
    await assert.rejects(allocate(0x4000_0000, 0, 10), { code: 'EOPNOTSUPP' });
    const reading = await v.open(nodeid, 0);
    await assert.rejects(allocate(0, 0, 10, reading), { code: 'EBADF' });
    await v.release(nodeid, reading);
    assert.equal(statSync(path()).size, 0);
  });

  for (const opcode of ['COPY_FILE_RANGE', 'COPY_FILE_RANGE_64'] as const) {
    it(`${opcode} copies between files and inside one`, async () => {
      const content = randomFillSync(Buffer.alloc(5 * K64 + 77));
      await v.write(nodeid, fh, 0, content);
      const other = await v.create(ROOT, 'other', 2 | 0o1000);
      const copy = async (members: Partial<Record<keyof typeof s.fuse_copy_file_range_in.at, number | bigint>>) => {
        const usual = { fh_in: fh, nodeid_out: other.nodeid, fh_out: other.fh, len: content.length };
        const body = await v.call(opcode, nodeid, {}, pack(s.fuse_copy_file_range_in, { ...usual, ...members }));
        return Number(unpack(s.fuse_copy_file_range_out, body).bytes_copied);
      };
      assert.equal(await copy({}), content.length);
      assert.ok(readFileSync(path('other')).equals(content));
      assert.equal(await copy({ off_in: 100, off_out: 3, len: 50 }), 50);
      assert.ok(readFileSync(path('other')).subarray(3, 53).equals(content.subarray(100, 150)));
      assert.equal(await copy({ nodeid_out: nodeid, fh_out: fh, off_out: 8 * K64, len: 1000 }), 1000);
      assert.equal(await copy({ off_in: 20 * K64, len: 10 }), 0);
      assert.equal(await copy({ len: 0 }), 0);
      await assert.rejects(copy({ flags: 1 }), { code: 'EINVAL' });
      await assert.rejects(copy({ nodeid_out: nodeid }), { code: 'EBADF' });
      await assert.rejects(copy({ nodeid_out: 99n }), { code: 'EBADF' });
      await assert.rejects(copy({ fh_out: 99n }), { code: 'EBADF' });
      await assert.rejects(copy({ off_in: 1n << 63n }), (error: { code: string }) =>
        /EINVAL|EOVERFLOW/.test(error.code),
      );
      await assert.rejects(copy({ nodeid_out: nodeid, fh_out: fh, off_in: 0, off_out: 10, len: 100 }), {
        code: 'EINVAL',
      });
      await v.release(other.nodeid, other.fh);
    });
  }

  it('FSYNC, FSYNCDIR, SYNCFS are answered by the pool, while the lane goes on', async () => {
    const directory = await v.opendir(ROOT);
    const slow = Array.from({ length: 12 }, (_, i) => {
      if (i % 4 === 0) return v.fsync(nodeid, fh);
      if (i % 4 === 1) return v.fsync(nodeid, fh, 1);
      if (i % 4 === 2) return v.call('FSYNCDIR', ROOT, {}, pack(s.fuse_fsync_in, { fh: directory }));
      return v.call('SYNCFS', ROOT, {}, pack(s.fuse_syncfs_in, {}));
    });
    for (let i = 0; i < 50; i++) await v.getattr(ROOT);
    for (const body of await Promise.all(slow)) assert.equal(body.length, 0);
    await v.releasedir(ROOT, directory);
  });

  it('hundreds of operations for the pool at once are answered each, or refused with EAGAIN', async () => {
    const asked = Array.from({ length: 3000 }, () => v.guest.ask('STATFS', { nodeid: ROOT }));
    const errors = (await Promise.all(asked)).map(({ error }) => error);
    assert.ok(errors.every((error) => error === 0 || error === 11));
    assert.ok(errors.filter((error) => error === 0).length >= 1024);
  });

  it('STATFS tells what the host has', async () => {
    const { st } = unpack(s.fuse_statfs_out, await v.call('STATFS', ROOT, {}));
    const host = statfsSync(v.guest.root, { bigint: true });
    assert.deepEqual([st.blocks, st.files, BigInt(st.bsize)], [host.blocks, host.files, host.bsize]);
    assert.equal(st.namelen, 255);
  });
});
