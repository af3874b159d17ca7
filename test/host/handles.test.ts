/** File handles: what they are good for, and what they are not. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { FOPEN_DIRECT_IO } from '../../protocol/fuse/flags.js';
import * as s from '../../protocol/fuse/structs.js';
import { O_APPEND, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } from '../../protocol/linux.js';
import { Guest } from './support/guest.js';
import { mkfifoSync, symlinkSync } from './support/host-files.js';
import { pack, unpack } from './support/message.js';
import { ROOT, Vfs } from './support/vfs.js';

describe('file handles', () => {
  let v: Vfs;
  const at = (name: string) => v.guest.at(name);
  beforeEach(async () => {
    v = await Vfs.open();
  });
  afterEach(() => v.close());

  /** Every operation with an fh, asked of `nodeid` with `fh`. */
  function uses(nodeid: bigint, fh: bigint): Record<string, () => Promise<unknown>> {
    const lk = { start: 0, end: 10, type: 0, pid: 1 };
    return {
      FSYNC: () => v.fsync(nodeid, fh),
      FLUSH: () => v.flush(nodeid, fh),
      LSEEK: () => v.call('LSEEK', nodeid, {}, pack(s.fuse_lseek_in, { fh, whence: 3 })),
      FALLOCATE: () => v.call('FALLOCATE', nodeid, {}, pack(s.fuse_fallocate_in, { fh, length: 1 })),
      GETLK: () => v.call('GETLK', nodeid, {}, pack(s.fuse_lk_in, { fh, lk })),
      SETLK: () => v.call('SETLK', nodeid, {}, pack(s.fuse_lk_in, { fh, lk })),
      SETLKW: () => v.call('SETLKW', nodeid, {}, pack(s.fuse_lk_in, { fh, lk })),
      FLOCK: () => v.call('SETLK', nodeid, {}, pack(s.fuse_lk_in, { fh, lk, lk_flags: 1 })),
      COPY: () =>
        v.call(
          'COPY_FILE_RANGE',
          nodeid,
          {},
          pack(s.fuse_copy_file_range_in, { fh_in: fh, nodeid_out: nodeid, fh_out: fh, len: 1 }),
        ),
      'truncation by SETATTR': () => v.setattr(nodeid, { valid: (1 << 3) | (1 << 6), size: 0, fh }),
      READDIR: () => v.readdir(nodeid, fh),
      READDIRPLUS: () => v.readdirplus(nodeid, fh),
      FSYNCDIR: () => v.call('FSYNCDIR', nodeid, {}, pack(s.fuse_fsync_in, { fh })),
    };
  }

  it('a handle is good for its own node only', async () => {
    const a = await v.create(ROOT, 'a');
    const b = await v.create(ROOT, 'b');
    for (const [name, use] of Object.entries(uses(b.nodeid, a.fh)))
      await assert.rejects(use(), { code: 'EBADF' }, name);
  });

  it('is refused once it is released, and forged ones always', async () => {
    const f = await v.create(ROOT, 'f');
    await v.release(f.nodeid, f.fh);
    const forged = [f.fh, 0n, 1n, f.fh + 1n, f.fh + (1n << 32n), 0xffff_ffffn, 0xffff_ffff_ffff_ffffn, 1n << 63n];
    for (const fh of forged) {
      for (const [name, use] of Object.entries(uses(f.nodeid, fh)))
        await assert.rejects(use(), { code: 'EBADF' }, `${name} ${fh}`);
      await assert.rejects(v.read(f.nodeid, fh, 0, 10), { code: 'EBADF' });
      await assert.rejects(v.write(f.nodeid, fh, 0, 'x'), { code: 'EBADF' });
      await assert.rejects(v.release(f.nodeid, fh), { code: 'EBADF' });
      await assert.rejects(v.releasedir(f.nodeid, fh), { code: 'EBADF' });
    }
    assert.equal(readFileSync(at('f'), 'utf8'), '');
  });

  it('of a directory and of a file are not the same thing', async () => {
    const f = await v.create(ROOT, 'f');
    const dir = await v.opendir(ROOT);
    await assert.rejects(v.readdir(f.nodeid, f.fh), { code: 'EBADF' });
    await assert.rejects(v.readdir(ROOT, f.fh), { code: 'EBADF' });
    await assert.rejects(v.releasedir(f.nodeid, f.fh), { code: 'EBADF' });
    await assert.rejects(v.release(ROOT, dir), { code: 'EBADF' });
    await assert.rejects(v.read(ROOT, dir, 0, 10), { code: 'EISDIR' });
    await assert.rejects(v.write(ROOT, dir, 0, 'x'), { code: 'EBADF' });
    await assert.rejects(v.fsync(ROOT, dir), { code: 'EBADF' });
    await v.readdir(ROOT, dir);
    await v.releasedir(ROOT, dir);
  });

  it('allows what it was opened for', async () => {
    writeFileSync(at('f'), 'text');
    const { nodeid } = await v.lookup(ROOT, 'f');
    const reading = await v.open(nodeid, O_RDONLY);
    const writing = await v.open(nodeid, O_WRONLY);
    await assert.rejects(v.write(nodeid, reading, 0, 'x'), { code: 'EBADF' });
    await assert.rejects(v.read(nodeid, writing, 0, 10), { code: 'EBADF' });
    assert.equal((await v.read(nodeid, reading, 0, 10)).toString(), 'text');
    await v.write(nodeid, writing, 0, 'next');
    assert.equal((await v.read(nodeid, reading, 0, 10)).toString(), 'next');
  });

  it('numbers are never given twice', async () => {
    writeFileSync(at('f'), '');
    const { nodeid } = await v.lookup(ROOT, 'f');
    const seen = new Set<bigint>();
    for (let round = 0; round < 100; round++) {
      const fh = await v.open(nodeid);
      assert.ok(!seen.has(fh));
      seen.add(fh);
      await v.release(nodeid, fh);
    }
    assert.equal((await v.guest.statistics()).handles, 0);
  });

  it('outlive the forget of their node, as a lying guest may have it', async () => {
    const f = await v.create(ROOT, 'f');
    v.forget(f.nodeid);
    await assert.rejects(v.getattr(f.nodeid), { code: 'ESTALE' });
    assert.equal((await v.guest.statistics()).nodes, 2);
    await v.write(f.nodeid, f.fh, 0, 'x');
    // Known again: the same node, because it never went.
    assert.equal((await v.lookup(ROOT, 'f')).nodeid, f.nodeid);
    v.forget(f.nodeid);
    await v.release(f.nodeid, f.fh);
    const { nodes, handles } = await v.guest.statistics();
    assert.deepEqual([nodes, handles], [1, 0]);
  });

  it('OPEN is for regular files, OPENDIR for directories', async () => {
    mkdirSync(at('d'));
    symlinkSync('d', at('l'));
    mkfifoSync(at('p'));
    writeFileSync(at('f'), '');
    const code = (expected: string) => ({ code: expected });
    await assert.rejects(v.open((await v.lookup(ROOT, 'd')).nodeid, O_RDONLY), code('EISDIR'));
    await assert.rejects(v.open((await v.lookup(ROOT, 'l')).nodeid, O_RDONLY), code('ENXIO'));
    await assert.rejects(v.open((await v.lookup(ROOT, 'p')).nodeid, O_RDONLY), code('ENXIO'));
    await assert.rejects(v.opendir((await v.lookup(ROOT, 'f')).nodeid), code('ENOTDIR'));
    await assert.rejects(v.opendir((await v.lookup(ROOT, 'l')).nodeid), code('ENOTDIR'));
  });

  it('O_TRUNC empties the file, whatever else it is opened for', async () => {
    for (const access of [O_RDONLY, O_WRONLY, O_RDWR]) {
      writeFileSync(at('f'), 'full');
      const { nodeid } = await v.lookup(ROOT, 'f');
      const fh = await v.open(nodeid, access | O_TRUNC);
      assert.equal(readFileSync(at('f'), 'utf8'), '', `access ${access}`);
      await v.release(nodeid, fh);
      writeFileSync(at('f'), 'full');
      const created = await v.create(ROOT, 'f', access | O_TRUNC);
      assert.equal(readFileSync(at('f'), 'utf8'), '', `access ${access}, by CREATE`);
      await v.release(created.nodeid, created.fh);
    }
  });

  it('that append are opened for direct I/O, if the kernel can map such files: then an append is one request', async () => {
    const openFlags = async (who: Vfs, flags: number) => {
      const { nodeid } = await who.lookup(ROOT, 'f');
      return unpack(s.fuse_open_out, await who.call('OPEN', nodeid, {}, pack(s.fuse_open_in, { flags }))).open_flags;
    };
    writeFileSync(at('f'), '');
    assert.equal(await openFlags(v, O_WRONLY | O_APPEND), FOPEN_DIRECT_IO);
    assert.equal(await openFlags(v, O_RDWR | O_APPEND), FOPEN_DIRECT_IO);
    assert.equal(await openFlags(v, O_RDWR), 0);
    assert.equal(await openFlags(v, O_RDONLY | O_APPEND), 0);
    const older = new Vfs(await Guest.open({ root: v.guest.root, init: false }));
    await older.guest.init({ flags2: 0 });
    assert.equal(await openFlags(older, O_WRONLY | O_APPEND), 0);
    await older.close();
  });

  it('CREATE opens what another one has made first, but only a regular file', async () => {
    writeFileSync(at('f'), 'there');
    const f = await v.create(ROOT, 'f');
    assert.equal((await v.read(f.nodeid, f.fh, 0, 10)).toString(), 'there');
    await assert.rejects(v.create(ROOT, 'f', O_RDWR | 0o200), { code: 'EEXIST' });
    mkdirSync(at('d'));
    symlinkSync('f', at('l'));
    mkfifoSync(at('p'));
    for (const name of ['d', 'l', 'p'])
      for (const flags of [O_RDONLY, O_WRONLY, O_RDWR, O_RDWR | O_TRUNC])
        await assert.rejects(v.create(ROOT, name, flags), { code: 'ESTALE' }, `${name} ${flags}`);
    assert.equal((await v.guest.statistics()).handles, 1);
  });

  it('RELEASE right behind an operation of the pool: both are answered, the operation first has its file', async () => {
    const f = await v.create(ROOT, 'f');
    await v.write(f.nodeid, f.fh, 0, Buffer.alloc(1 << 20, 1));
    const sync = v.fsync(f.nodeid, f.fh);
    const allocate = v.call(
      'FALLOCATE',
      f.nodeid,
      {},
      pack(s.fuse_fallocate_in, { fh: f.fh, offset: 0, length: 2 << 20 }),
    );
    const release = v.release(f.nodeid, f.fh);
    const next = v.open(f.nodeid);
    await Promise.all([sync, allocate, release]);
    assert.equal((await v.getattr(f.nodeid)).size, 2n << 20n);
    assert.notEqual(await next, f.fh);
  });

  it('RELEASE while the data lane reads and writes: every answer is right, or EBADF', async () => {
    const content = Buffer.alloc(1 << 20, 'content ');
    writeFileSync(at('f'), content);
    const { nodeid } = await v.lookup(ROOT, 'f');
    for (let round = 0; round < 20; round++) {
      const fh = await v.open(nodeid);
      const use = (i: number) => (i % 3 === 2 ? v.write(nodeid, fh, 0, 'content ') : v.read(nodeid, fh, 0, 1 << 20));
      const uses = Promise.allSettled(Array.from({ length: 6 }, (_, i) => use(i)));
      const release = v.release(nodeid, fh);
      const other = await v.create(ROOT, `other-${round}`);
      await v.write(other.nodeid, other.fh, 0, 'something else');
      for (const result of await uses) {
        if (result.status === 'rejected') assert.equal(result.reason.code, 'EBADF');
        else if (typeof result.value !== 'number') assert.ok(result.value.equals(content));
      }
      await release;
      assert.equal(readFileSync(at(`other-${round}`), 'utf8'), 'something else');
    }
    assert.equal(readFileSync(at('f')).compare(content), 0);
  });
});
