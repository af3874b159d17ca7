/** Directories that are moved on the host while the guest knows them: inside the share, out of it, back, the root itself. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { O_RDONLY } from '../../protocol/linux.js';
import { ROOT, Vfs } from './support/vfs.js';

describe('directories moved on the host', () => {
  let v: Vfs;
  let d: bigint;
  let sub: bigint;
  const at = (name: string) => v.guest.at(name);
  const beside = (name: string) => `${v.guest.beside}/${name}`;

  beforeEach(async () => {
    v = await Vfs.open();
    mkdirSync(at('d/sub'), { recursive: true });
    mkdirSync(at('other'));
    writeFileSync(at('d/f'), 'in d');
    writeFileSync(at('d/sub/g'), 'in sub');
    d = (await v.lookup(ROOT, 'd')).nodeid;
    sub = (await v.lookup(d, 'sub')).nodeid;
  });
  afterEach(() => v.close());

  /** Every way there is to something in or about a directory that must not be reached. */
  async function assertUnreachable(directory: bigint, child: string): Promise<void> {
    await assert.rejects(v.lookup(directory, child), { code: 'ESTALE' });
    await assert.rejects(v.lookup(directory, 'absent'), { code: 'ESTALE' });
    await assert.rejects(v.getattr(directory), { code: 'ESTALE' });
    await assert.rejects(v.setattr(directory, { valid: 1, mode: 0o700 }), { code: 'ESTALE' });
    await assert.rejects(v.opendir(directory), { code: 'ESTALE' });
    await assert.rejects(v.create(directory, 'made'), { code: 'ESTALE' });
    await assert.rejects(v.mkdir(directory, 'made'), { code: 'ESTALE' });
    await assert.rejects(v.symlink(directory, 'made', 'x'), { code: 'ESTALE' });
    await assert.rejects(v.mknod(directory, 'made', 0o100644), { code: 'ESTALE' });
    await assert.rejects(v.unlink(directory, child), { code: 'ESTALE' });
    await assert.rejects(v.rmdir(directory, child), { code: 'ESTALE' });
    await assert.rejects(v.rename(directory, child, ROOT, 'stolen'), { code: 'ESTALE' });
    await assert.rejects(v.rename(ROOT, 'other', directory, 'planted'), { code: 'ESTALE' });
    await assert.rejects(v.getxattr(directory, 'user.x'), { code: 'ESTALE' });
    await assert.rejects(v.setxattr(directory, 'user.x', 'y'), { code: 'ESTALE' });
  }

  it('inside the share: found again while it is held, and what is below it', async () => {
    assert.equal((await v.lookup(sub, 'g')).size, 6n);
    renameSync(at('d'), at('other/moved'));
    assert.equal((await v.lookup(sub, 'g')).size, 6n);
    assert.equal((await v.lookup(d, 'f')).size, 4n);
    const other = (await v.lookup(ROOT, 'other')).nodeid;
    assert.equal((await v.lookup(other, 'moved')).nodeid, d);
    await v.create(d, 'new');
    assert.ok(existsSync(at('other/moved/new')));
  });

  it('inside the share, not held: ESTALE until the guest looks it up under its new name', async () => {
    // Never used as a base, so no descriptor of it is kept.
    mkdirSync(at('e/sub'), { recursive: true });
    const e = (await v.lookup(ROOT, 'e')).nodeid;
    renameSync(at('e'), at('e2'));
    await assert.rejects(v.lookup(e, 'sub'), { code: 'ESTALE' });
    assert.equal((await v.lookup(ROOT, 'e2')).nodeid, e);
    await v.lookup(e, 'sub');
  });

  it('an open directory that is moved inside the share is still the same one', async () => {
    mkdirSync(at('e/sub'), { recursive: true });
    const e = (await v.lookup(ROOT, 'e')).nodeid;
    const fh = await v.opendir(e);
    renameSync(at('e'), at('other/e2'));
    assert.equal((await v.readdir(e, fh)).length, 3);
    await v.getattr(e);
    await v.lookup(e, 'sub');
    await v.releasedir(e, fh);
  });

  it('out of the share: nothing of it can be reached, neither it nor what is below it', async () => {
    writeFileSync(at('d/sub/h'), '');
    await v.lookup(sub, 'g');
    renameSync(at('d'), beside('outside'));
    await assertUnreachable(d, 'f');
    await assertUnreachable(sub, 'g');
    assert.deepEqual(readdirSync(beside('outside')).sort(), ['f', 'sub']);
    assert.deepEqual(readdirSync(beside('outside/sub')).sort(), ['g', 'h']);
    assert.deepEqual(readdirSync(v.guest.root), ['other']);
  });

  it('out of the share with an open directory: the handle lists nothing either', async () => {
    const fh = await v.opendir(d);
    const subFh = await v.opendir(sub);
    renameSync(at('d'), beside('outside'));
    writeFileSync(beside('outside/secret'), '');
    for (const [nodeid, handle] of [
      [d, fh],
      [sub, subFh],
    ] as const) {
      await assert.rejects(v.readdir(nodeid, handle), { code: 'ESTALE' });
      await assert.rejects(v.readdirplus(nodeid, handle), { code: 'ESTALE' });
    }
    await assertUnreachable(d, 'secret');
    await v.releasedir(d, fh);
    await v.releasedir(sub, subFh);
  });

  it('out of the share: known files below it are gone, open ones go on as open files do', async () => {
    const f = (await v.lookup(d, 'f')).nodeid;
    const g = (await v.lookup(sub, 'g')).nodeid;
    const fh = await v.open(g, O_RDONLY);
    renameSync(at('d'), beside('outside'));
    await assert.rejects(v.getattr(f), { code: 'ESTALE' });
    await assert.rejects(v.open(f), { code: 'ESTALE' });
    await assert.rejects(v.link(f, ROOT, 'stolen'), { code: 'ESTALE' });
    assert.equal((await v.read(g, fh, 0, 10)).toString(), 'in sub');
    await v.release(g, fh);
    await assert.rejects(v.open(g, O_RDONLY), { code: 'ESTALE' });
  });

  it('out of the share to a place whose path begins like the root', async () => {
    mkdirSync(`${v.guest.root}-not`);
    renameSync(at('d'), `${v.guest.root}-not/d`);
    await assertUnreachable(d, 'f');
    await assertUnreachable(sub, 'g');
  });

  it('out and back in: reachable again', async () => {
    renameSync(at('d'), beside('outside'));
    await assert.rejects(v.lookup(d, 'f'), { code: 'ESTALE' });
    renameSync(beside('outside'), at('d'));
    assert.equal((await v.lookup(d, 'f')).size, 4n);
    assert.equal((await v.lookup(sub, 'g')).size, 6n);
  });

  it('a directory that takes the place of a moved one is another node', async () => {
    renameSync(at('d'), beside('outside'));
    mkdirSync(at('d/sub'), { recursive: true });
    writeFileSync(at('d/sub/new'), '');
    await assert.rejects(v.lookup(d, 'sub'), { code: 'ESTALE' });
    await assert.rejects(v.lookup(sub, 'new'), { code: 'ESTALE' });
    const fresh = await v.walk('d/sub/new');
    assert.equal(fresh.size, 0n);
    assert.notEqual((await v.lookup(ROOT, 'd')).nodeid, d);
  });

  it('a share root that is renamed is the same directory, and stays served', async () => {
    renameSync(v.guest.root, beside('renamed'));
    assert.equal((await v.lookup(d, 'f')).size, 4n);
    assert.deepEqual((await v.names(ROOT)).sort(), ['d', 'other']);
    await v.create(sub, 'new');
    assert.equal(readFileSync(beside('renamed/d/sub/new'), 'utf8'), '');
    // What leaves it now is outside as ever.
    renameSync(beside('renamed/d'), beside('outside'));
    await assertUnreachable(d, 'f');
    renameSync(beside('renamed'), v.guest.root);
  });

  it('a share root that is removed is an error and not an empty directory', async () => {
    const fh = await v.opendir(ROOT);
    rmSync(v.guest.root, { recursive: true });
    mkdirSync(v.guest.root);
    writeFileSync(at('x'), 'of another directory');
    await assert.rejects(v.opendir(ROOT), { code: 'ESTALE' });
    await assert.rejects(v.readdir(ROOT, fh), { code: 'ESTALE' });
    await assert.rejects(v.readdirplus(ROOT, fh), { code: 'ESTALE' });
    await assert.rejects(v.lookup(ROOT, 'x'), { code: 'ESTALE' });
    await assert.rejects(v.getattr(ROOT), { code: 'ESTALE' });
    await assert.rejects(v.lookup(d, 'f'));
    await assert.rejects(v.create(d, 'made'));
    await assert.rejects(v.create(ROOT, 'made'), { code: 'ENOENT' });
    assert.deepEqual(readdirSync(v.guest.root), ['x']);
  });
});
