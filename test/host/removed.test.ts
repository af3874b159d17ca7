/** Objects that lost their name while the guest still knows them. */
import assert from 'node:assert/strict';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { O_RDONLY, O_RDWR, RENAME_EXCHANGE, RENAME_NOREPLACE } from '../../protocol/linux.js';
import { ROOT, Vfs } from './support/vfs.js';

describe('objects without a name', () => {
  let v: Vfs;
  const at = (name: string) => v.guest.at(name);
  beforeEach(async () => {
    v = await Vfs.open();
  });
  afterEach(() => v.close());

  it('an unlinked file lives on through its open handle: read, write, stat, truncate, chmod, times', async () => {
    const f = await v.create(ROOT, 'f');
    await v.write(f.nodeid, f.fh, 0, 'still here');
    await v.unlink(ROOT, 'f');
    assert.ok(!existsSync(at('f')));
    assert.equal((await v.getattr(f.nodeid)).nlink, 0);
    assert.equal((await v.read(f.nodeid, f.fh, 0, 100)).toString(), 'still here');
    await v.write(f.nodeid, f.fh, 10, '!');
    assert.equal((await v.setattr(f.nodeid, { valid: 1 << 3, size: 4 })).size, 4n);
    assert.equal(Number((await v.setattr(f.nodeid, { valid: 1 << 0, mode: 0o600 })).mode) & 0o777, 0o600);
    assert.equal((await v.setattr(f.nodeid, { valid: 1 << 5, mtime: 5 })).mtime, 5n);
    await v.release(f.nodeid, f.fh);
  });

  it('an unlinked file that nobody has open is kept by a descriptor until it is forgotten', async () => {
    writeFileSync(at('f'), 'kept');
    const { nodeid } = await v.lookup(ROOT, 'f');
    await v.unlink(ROOT, 'f');
    assert.equal((await v.getattr(nodeid)).size, 4n);
    const fh = await v.open(nodeid, O_RDONLY);
    assert.equal((await v.read(nodeid, fh, 0, 10)).toString(), 'kept');
    await v.release(nodeid, fh);
    assert.equal((await v.guest.statistics()).descriptors, 1);
    v.forget(nodeid);
    const { nodes, descriptors } = await v.guest.statistics();
    assert.deepEqual([nodes, descriptors], [1, 0]);
  });

  it('a name that is linked again after it was lost is found again', async () => {
    const f = await v.create(ROOT, 'f');
    await v.write(f.nodeid, f.fh, 0, 'x');
    await v.unlink(ROOT, 'f');
    // linkat(2) of an O_TMPFILE needs nlink 0 to be allowed; a file that once had a name says ENOENT.
    await assert.rejects(v.link(f.nodeid, ROOT, 'g'), { code: 'ENOENT' });
    await v.release(f.nodeid, f.fh);
  });

  it('a file with another name left is not kept by a descriptor', async () => {
    writeFileSync(at('f'), 'x');
    linkSync(at('f'), at('g'));
    await v.lookup(ROOT, 'f');
    const { nodeid } = await v.lookup(ROOT, 'g');
    await v.unlink(ROOT, 'f');
    assert.equal((await v.getattr(nodeid)).nlink, 1);
    assert.equal((await v.guest.statistics()).descriptors, 0);
  });

  it('a removed directory that the guest still knows is empty and takes nothing new', async () => {
    const { nodeid } = await v.mkdir(ROOT, 'd');
    await v.rmdir(ROOT, 'd');
    const attr = await v.getattr(nodeid);
    assert.equal(Number(attr.mode) & 0o170000, 0o040000);
    assert.equal(attr.nlink, 0);
    await assert.rejects(v.lookup(nodeid, 'x'), { code: 'ENOENT' });
    await assert.rejects(v.create(nodeid, 'x'), { code: 'ENOENT' });
    await assert.rejects(v.mkdir(nodeid, 'x'), { code: 'ENOENT' });
    // As getdents64(2) of a removed directory; readdir(3) calls that the end.
    await assert.rejects(v.names(nodeid), { code: 'ENOENT' });
    assert.equal(Number((await v.setattr(nodeid, { valid: 1, mode: 0o700 })).mode) & 0o777, 0o700);
  });

  it('an open directory that is removed lists nothing more', async () => {
    const { nodeid } = await v.mkdir(ROOT, 'd');
    const fh = await v.opendir(nodeid);
    assert.equal((await v.readdir(nodeid, fh)).length, 2);
    await v.rmdir(ROOT, 'd');
    await assert.rejects(v.readdir(nodeid, fh), { code: 'ENOENT' });
    await assert.rejects(v.readdirplus(nodeid, fh), { code: 'ENOENT' });
    assert.equal((await v.getattr(nodeid)).nlink, 0);
    await v.releasedir(nodeid, fh);
    v.forget(nodeid);
    assert.equal((await v.guest.statistics()).nodes, 1);
  });

  it('a file renamed over lives on through its handle, and without one through a descriptor', async () => {
    for (const open of [true, false]) {
      writeFileSync(at('old'), 'old');
      writeFileSync(at('new'), 'newer');
      const old = await v.lookup(ROOT, 'old');
      const fresh = await v.lookup(ROOT, 'new');
      const fh = open ? await v.open(old.nodeid, O_RDONLY) : undefined;
      await v.rename(ROOT, 'new', ROOT, 'old');
      assert.deepEqual([(await v.getattr(old.nodeid)).size, (await v.getattr(old.nodeid)).nlink], [3n, 0]);
      assert.equal((await v.getattr(fresh.nodeid)).size, 5n);
      assert.equal((await v.lookup(ROOT, 'old')).nodeid, fresh.nodeid);
      if (fh !== undefined) await v.release(old.nodeid, fh);
    }
  });

  it('RENAME_EXCHANGE swaps names and keeps both nodes; RENAME_NOREPLACE refuses', async () => {
    writeFileSync(at('a'), '1');
    mkdirSync(at('d/e'), { recursive: true });
    const a = await v.lookup(ROOT, 'a');
    const d = await v.lookup(ROOT, 'd');
    const e = await v.lookup(d.nodeid, 'e');
    await v.rename(ROOT, 'a', d.nodeid, 'e', RENAME_EXCHANGE);
    assert.equal((await v.lookup(ROOT, 'a')).nodeid, e.nodeid);
    assert.equal((await v.lookup(d.nodeid, 'e')).nodeid, a.nodeid);
    assert.equal((await v.getattr(a.nodeid)).size, 1n);
    await v.mkdir(e.nodeid, 'below');
    assert.deepEqual(readdirSync(at('a')), ['below']);
    await assert.rejects(v.rename(ROOT, 'a', ROOT, 'd', RENAME_NOREPLACE), { code: 'EEXIST' });
    await assert.rejects(v.rename(ROOT, 'a', ROOT, 'd', 4), { code: 'EINVAL' });
    await assert.rejects(v.rename(ROOT, 'a', ROOT, 'd', RENAME_NOREPLACE | RENAME_EXCHANGE), { code: 'EINVAL' });
  });

  it('renaming one of two names of a file onto the other changes nothing', async () => {
    writeFileSync(at('a'), 'x');
    linkSync(at('a'), at('b'));
    const { nodeid } = await v.lookup(ROOT, 'a');
    await v.rename(ROOT, 'a', ROOT, 'b');
    assert.deepEqual(readdirSync(v.guest.root).sort(), ['a', 'b']);
    assert.equal((await v.getattr(nodeid)).nlink, 2);
  });

  it('an O_TMPFILE has no name, can be given one, and is found by it', async () => {
    const body = Buffer.alloc(16);
    body.writeUInt32LE(0o20200000 | O_RDWR, 0);
    body.writeUInt32LE(0o100644, 4);
    const reply = await v.call('TMPFILE', ROOT, {}, body, Buffer.from('/\0'));
    const nodeid = reply.readBigUInt64LE(0);
    const fh = reply.readBigUInt64LE(128);
    await v.write(nodeid, fh, 0, 'unnamed');
    assert.deepEqual(readdirSync(v.guest.root), []);
    assert.equal((await v.getattr(nodeid)).nlink, 0);
    assert.equal((await v.link(nodeid, ROOT, 'named')).nodeid, nodeid);
    assert.equal(readFileSync(at('named'), 'utf8'), 'unnamed');
    await v.release(nodeid, fh);
    assert.equal((await v.getattr(nodeid)).nlink, 1);
  });

  it('an object removed on the host answers ESTALE, open ones go on', async () => {
    writeFileSync(at('f'), 'x');
    writeFileSync(at('open'), 'y');
    mkdirSync(at('d'));
    const f = await v.lookup(ROOT, 'f');
    const open = await v.lookup(ROOT, 'open');
    const d = await v.lookup(ROOT, 'd');
    const fh = await v.open(open.nodeid);
    for (const name of ['f', 'open']) unlinkSync(at(name));
    rmdirSync(at('d'));
    await assert.rejects(v.getattr(f.nodeid), { code: 'ESTALE' });
    await assert.rejects(v.open(f.nodeid), { code: 'ESTALE' });
    await assert.rejects(v.setattr(f.nodeid, { valid: 1, mode: 0o600 }), { code: 'ESTALE' });
    await assert.rejects(v.lookup(d.nodeid, 'x'), { code: 'ESTALE' });
    await assert.rejects(v.opendir(d.nodeid), { code: 'ESTALE' });
    await assert.rejects(v.create(d.nodeid, 'x'), { code: 'ESTALE' });
    assert.equal((await v.read(open.nodeid, fh, 0, 10)).toString(), 'y');
    assert.equal((await v.getattr(open.nodeid)).nlink, 0);
    await v.release(open.nodeid, fh);
  });

  it('failed removals change nothing and leak nothing', async () => {
    mkdirSync(at('d/e'), { recursive: true });
    writeFileSync(at('f'), '');
    const { nodeid } = await v.lookup(ROOT, 'd');
    await v.lookup(ROOT, 'f');
    await assert.rejects(v.rmdir(ROOT, 'd'), { code: 'ENOTEMPTY' });
    await assert.rejects(v.rmdir(ROOT, 'f'), { code: 'ENOTDIR' });
    await assert.rejects(v.unlink(ROOT, 'd'), (error: { code: string }) => ['EISDIR', 'EPERM'].includes(error.code));
    await assert.rejects(v.unlink(ROOT, 'absent'), { code: 'ENOENT' });
    await assert.rejects(v.rename(ROOT, 'absent', ROOT, 'x'), { code: 'ENOENT' });
    await assert.rejects(v.rename(ROOT, 'f', ROOT, 'd'), { code: 'EISDIR' });
    await assert.rejects(v.rename(ROOT, 'd', nodeid, 'inside'), { code: 'EINVAL' });
    assert.equal((await v.guest.statistics()).descriptors, 1);
  });
});
