/** LOOKUP, FORGET and the life of a nodeid. */
import assert from 'node:assert/strict';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { fuse_batch_forget_in, fuse_forget_one } from '../../protocol/fuse/structs.js';
import { pack } from './support/message.js';
import { ROOT, Vfs } from './support/vfs.js';

describe('LOOKUP and FORGET', () => {
  let v: Vfs;
  const at = (name: string) => v.guest.at(name);
  beforeEach(async () => {
    v = await Vfs.open();
  });
  afterEach(() => v.close());

  it('gives one nodeid per object, the attributes of the host, and nothing to keep', async () => {
    writeFileSync(at('f'), 'four');
    const first = await v.lookup(ROOT, 'f');
    const second = await v.lookup(ROOT, 'f');
    const host = lstatSync(at('f'), { bigint: true });
    assert.equal(first.nodeid, second.nodeid);
    assert.notEqual(first.nodeid, ROOT);
    assert.deepEqual(
      [first.ino, first.size, BigInt(first.mode), BigInt(first.nlink)],
      [host.ino, 4n, host.mode, host.nlink],
    );
    assert.deepEqual([first.entryValid, first.attrValid], [0n, 0n]);
  });

  it('counts: the node lives until as many forgets as lookups have come', async () => {
    writeFileSync(at('f'), '');
    const { nodeid } = await v.lookup(ROOT, 'f');
    await v.lookup(ROOT, 'f');
    await v.lookup(ROOT, 'f');
    v.forget(nodeid, 2);
    await v.getattr(nodeid);
    assert.equal((await v.guest.statistics()).nodes, 2);
    v.forget(nodeid);
    await assert.rejects(v.getattr(nodeid), { code: 'ESTALE' });
    const statistics = await v.guest.statistics();
    assert.equal(statistics.nodes, 1);
    assert.equal(statistics.excessForgets, 0);
  });

  it('never gives a forgotten nodeid to another object, nor to the same one again', async () => {
    const seen = new Set<bigint>();
    for (let round = 0; round < 50; round++) {
      writeFileSync(at('f'), '');
      const { nodeid } = await v.lookup(ROOT, 'f');
      assert.ok(!seen.has(nodeid), `${nodeid} a second time`);
      seen.add(nodeid);
      v.forget(nodeid);
      if (round % 2) unlinkSync(at('f'));
    }
    for (const nodeid of seen) await assert.rejects(v.getattr(nodeid), { code: 'ESTALE' });
  });

  it('BATCH_FORGET takes each count, and passes over what is not alive', async () => {
    const nodes: bigint[] = [];
    for (const name of ['a', 'b', 'c']) {
      writeFileSync(at(name), '');
      nodes.push((await v.lookup(ROOT, name)).nodeid);
    }
    await v.lookup(ROOT, 'b');
    const unknown = [0n, 77n, 1n << 62n, 0xffff_ffff_ffff_ffffn];
    const items = [...nodes, ...unknown].map((nodeid) => pack(fuse_forget_one, { nodeid, nlookup: 1 }));
    v.guest.tell('BATCH_FORGET', { nodeid: 0n }, pack(fuse_batch_forget_in, { count: items.length }), ...items);
    const statistics = await v.guest.statistics();
    assert.deepEqual([statistics.nodes, statistics.excessForgets], [2, 0]);
    await v.getattr(nodes[1]!);
    await assert.rejects(v.getattr(nodes[0]!), { code: 'ESTALE' });
  });

  it('a count beyond what was given ends the node and is counted as wrong, not as negative', async () => {
    writeFileSync(at('f'), '');
    const { nodeid } = await v.lookup(ROOT, 'f');
    v.forget(nodeid, 0xffff_ffff_ffff_ffffn);
    assert.deepEqual(await v.guest.statistics().then(({ nodes, excessForgets }) => [nodes, excessForgets]), [1, 1]);
    const again = await v.lookup(ROOT, 'f');
    await v.getattr(again.nodeid);
  });

  it('the root cannot be forgotten', async () => {
    v.forget(ROOT, 1000);
    assert.equal((await v.getattr(ROOT)).ino, statSync(v.guest.root, { bigint: true }).ino);
  });

  it('a directory outlives its forget while a child of it is known', async () => {
    mkdirSync(at('d/e'), { recursive: true });
    writeFileSync(at('d/e/f'), 'deep');
    const d = await v.lookup(ROOT, 'd');
    const e = await v.lookup(d.nodeid, 'e');
    const f = await v.lookup(e.nodeid, 'f');
    v.forget(d.nodeid);
    v.forget(e.nodeid);
    // Its nodeid is the guest's no more, but the way to the child still leads through it.
    await assert.rejects(v.getattr(d.nodeid), { code: 'ESTALE' });
    assert.equal((await v.getattr(f.nodeid)).size, 4n);
    v.forget(f.nodeid);
    assert.equal((await v.guest.statistics()).nodes, 1);
  });

  it('hard links are one node, whichever name is used, and live while one name does', async () => {
    mkdirSync(at('d'));
    writeFileSync(at('a'), 'x');
    linkSync(at('a'), at('d/b'));
    const d = await v.lookup(ROOT, 'd');
    const a = await v.lookup(ROOT, 'a');
    const b = await v.lookup(d.nodeid, 'b');
    assert.equal(a.nodeid, b.nodeid);
    assert.equal(b.nlink, 2);
    // The name used last goes on the host; the other one is not known any more, so the guest has to look up.
    unlinkSync(at('d/b'));
    await assert.rejects(v.getattr(a.nodeid), { code: 'ESTALE' });
    assert.equal((await v.lookup(ROOT, 'a')).nodeid, a.nodeid);
    assert.equal((await v.getattr(a.nodeid)).nlink, 1);
  });

  it('a new object under an old name is a new node; the old one answers ESTALE', async () => {
    writeFileSync(at('f'), 'old');
    const old = await v.lookup(ROOT, 'f');
    writeFileSync(at('f.new'), 'newer');
    renameSync(at('f.new'), at('f'));
    await assert.rejects(v.getattr(old.nodeid), { code: 'ESTALE' });
    const fresh = await v.lookup(ROOT, 'f');
    assert.notEqual(fresh.nodeid, old.nodeid);
    assert.equal(fresh.size, 5n);
  });

  it('a reused inode number is another node', async () => {
    let old = 0n;
    let reused = false;
    // Somebody else on this disk may take the number first: then another file's turn.
    for (let attempt = 0; attempt < 500 && !reused; attempt++) {
      writeFileSync(at('f'), 'old');
      const { nodeid, ino } = await v.lookup(ROOT, 'f');
      if (old !== 0n) v.forget(old);
      old = nodeid;
      unlinkSync(at('f'));
      writeFileSync(at('f'), 'new');
      reused = lstatSync(at('f'), { bigint: true }).ino === ino;
    }
    assert.ok(reused, 'this file system never used a number again');
    const fresh = await v.lookup(ROOT, 'f');
    assert.notEqual(fresh.nodeid, old);
    await assert.rejects(v.getattr(old), { code: 'ESTALE' });
    v.forget(old);
    v.forget(fresh.nodeid);
    assert.equal((await v.guest.statistics()).nodes, 1);
  });

  it('an object of another type under the name is another node', async () => {
    const make = [() => writeFileSync(at('x'), ''), () => mkdirSync(at('x')), () => symlinkSync('nowhere', at('x'))];
    const seen = new Set<bigint>();
    for (const step of [...make, ...make]) {
      if (existsSync(at('x')) || lstatSync(at('x'), { throwIfNoEntry: false })) rmSync(at('x'), { recursive: true });
      step();
      seen.add((await v.lookup(ROOT, 'x')).nodeid);
    }
    assert.equal(seen.size, 6);
  });

  it('says ENOENT, ENOTDIR, ENAMETOOLONG, ESTALE, as it is', async () => {
    writeFileSync(at('f'), '');
    const { nodeid } = await v.lookup(ROOT, 'f');
    await assert.rejects(v.lookup(ROOT, 'absent'), { code: 'ENOENT' });
    await assert.rejects(v.lookup(nodeid, 'x'), { code: 'ENOTDIR' });
    await assert.rejects(v.lookup(ROOT, 'x'.repeat(256)), { code: 'ENAMETOOLONG' });
    await assert.rejects(v.lookup(ROOT, 'x'.repeat(255)), { code: 'ENOENT' });
    for (const forged of [0n, 12345n, nodeid + (1n << 32n), nodeid | (1n << 63n), 0xffff_ffff_ffff_ffffn])
      await assert.rejects(v.lookup(forged, 'x'), { code: 'ESTALE' });
  });

  it('names are bytes', async () => {
    const name = Buffer.from([0xff, 0xfe, 0x0a, 0x80, 0x20]);
    writeFileSync(Buffer.concat([Buffer.from(`${v.guest.root}/`), name]), 'odd');
    assert.equal((await v.lookup(ROOT, name)).size, 3n);
    assert.deepEqual(await v.names(ROOT), [name.toString('latin1')]);
  });
});
