/** READDIR and READDIRPLUS: cookies, buffers of every size, changes while a directory is read. */
import assert from 'node:assert/strict';
import { direntplusSize, direntSize } from '../../protocol/fuse/dirent.js';
import { fuse_read_in } from '../../protocol/fuse/structs.js';
import { entriesOf, entriesPlusOf } from './support/answers.js';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkfifoSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from './support/host-files.js';
import { pack } from './support/message.js';
import { ROOT, Vfs } from './support/vfs.js';

const DT = { FIFO: 1, DIR: 4, REG: 8, LNK: 10 } as const;

describe('READDIR and READDIRPLUS', () => {
  let v: Vfs;
  const at = (name: string) => v.guest.at(name);
  beforeEach(async () => {
    v = await Vfs.open();
  });
  afterEach(() => v.close());

  /** Names of different lengths, so that no buffer size fits them evenly. */
  function fill(count: number): string[] {
    const names = Array.from({ length: count }, (_, i) => `${i}-${'x'.repeat((i * 37) % 200)}`);
    for (const name of names) writeFileSync(at(name), '');
    return names.sort();
  }

  it('tells names, types and inode numbers as they are on the host', async () => {
    writeFileSync(at('file'), '');
    mkdirSync(at('dir'));
    symlinkSync('x', at('link'));
    mkfifoSync(at('fifo'));
    const fh = await v.opendir(ROOT);
    const entries = await v.readdir(ROOT, fh);
    const types = Object.fromEntries(entries.map(({ name, type }) => [name.toString(), type]));
    assert.deepEqual(types, { '.': DT.DIR, '..': DT.DIR, file: DT.REG, dir: DT.DIR, link: DT.LNK, fifo: DT.FIFO });
    for (const { name, ino } of entries.filter((entry) => entry.name.toString() !== '..'))
      assert.equal(ino, lstatSync(at(name.toString()), { bigint: true }).ino);
  });

  it('".." of the root does not tell what is above it; ".." of others is their parent', async () => {
    mkdirSync(at('dir'));
    const root = statSync(v.guest.root, { bigint: true }).ino;
    const dir = (await v.lookup(ROOT, 'dir')).nodeid;
    for (const nodeid of [ROOT, dir]) {
      const fh = await v.opendir(nodeid);
      for (const entries of [await v.readdir(nodeid, fh), await v.readdirplus(nodeid, fh)])
        assert.equal(entries.find(({ name }) => name.toString() === '..')?.ino, root);
    }
  });

  it('every buffer size from one record up sees every entry once', async () => {
    const names = fill(60);
    const fh = await v.opendir(ROOT);
    for (let size = direntSize(202); size < 3000; size += 104) {
      const seen = await readAll((offset) => v.readdir(ROOT, fh, offset, size));
      assert.deepEqual(seen, names, `${size} bytes`);
    }
    for (let size = direntplusSize(202); size < 5000; size += 264) {
      const seen = await readAll((offset) => v.readdirplus(ROOT, fh, offset, size));
      assert.deepEqual(seen, names, `${size} bytes, plus`);
    }
  });

  async function readAll(read: (offset: bigint) => Promise<{ name: Buffer; off: bigint }[]>): Promise<string[]> {
    const seen: string[] = [];
    let offset = 0n;
    for (;;) {
      const entries = await read(offset);
      if (entries.length === 0) break;
      seen.push(...entries.map(({ name }) => name.toString()));
      offset = entries.at(-1)!.off;
    }
    return seen.filter((name) => name !== '.' && name !== '..').sort();
  }

  it('never answers more than was asked for, and EINVAL if not even one entry fits', async () => {
    fill(40);
    const fh = await v.opendir(ROOT);
    for (let size = 352; size < 5000; size += 96) {
      const ask = pack(fuse_read_in, { fh, offset: 0n, size });
      const plain = await v.call('READDIR', ROOT, {}, ask);
      assert.ok(plain.length <= size && plain.length > 0);
      const plus = await v.call('READDIRPLUS', ROOT, {}, ask);
      assert.ok(plus.length <= size && plus.length > 0, `${plus.length} of ${size} bytes`);
      assert.ok(entriesOf(plain).length >= entriesPlusOf(plus).length);
    }
    for (const size of [0, 8, 23]) {
      await assert.rejects(v.readdir(ROOT, fh, 0n, size), { code: 'EINVAL' });
      await assert.rejects(v.readdirplus(ROOT, fh, 0n, size), { code: 'EINVAL' });
    }
    await assert.rejects(v.readdirplus(ROOT, fh, 0n, 128 + 24), { code: 'EINVAL' });
  });

  it('each cookie continues behind its entry, in any order', async () => {
    fill(50);
    const fh = await v.opendir(ROOT);
    const all = await v.readdir(ROOT, fh);
    const names = all.map(({ name }) => name.toString());
    for (const [index, { off }] of [...all.entries()].reverse()) {
      const rest = await v.readdir(ROOT, fh, off);
      assert.deepEqual(
        rest.map(({ name }) => name.toString()),
        names.slice(index + 1),
      );
      const plus = await v.readdirplus(ROOT, fh, off, 65_536);
      assert.equal(plus[0]?.name.toString(), names[index + 1]);
    }
  });

  it('offset 0 reads anew', async () => {
    const fh = await v.opendir(ROOT);
    assert.equal((await v.readdir(ROOT, fh)).length, 2);
    writeFileSync(at('late'), '');
    assert.equal((await v.readdir(ROOT, fh)).length, 3);
    unlinkSync(at('late'));
    assert.equal((await v.readdir(ROOT, fh)).length, 2);
  });

  it('entries that stay are seen once while others come and go', async () => {
    const names = fill(200);
    const stay = names.filter((_, i) => i % 2 === 0);
    const go = names.filter((_, i) => i % 2 === 1);
    const fh = await v.opendir(ROOT);
    const seen: string[] = [];
    let offset = 0n;
    for (let round = 0; ; round++) {
      const entries = await v.readdir(ROOT, fh, offset, 600);
      if (entries.length === 0) break;
      seen.push(...entries.map(({ name }) => name.toString()));
      offset = entries.at(-1)!.off;
      const gone = go.pop();
      if (gone !== undefined) unlinkSync(at(gone));
      writeFileSync(at(`new-${round}`), '');
    }
    const kept = seen.filter((name) => stay.includes(name)).sort();
    assert.deepEqual(kept, stay);
  });

  it('names of 255 bytes, a buffer of the largest size', async () => {
    const names = Array.from({ length: 700 }, (_, i) => `${i}`.padEnd(255, 'n')).sort();
    for (const name of names) writeFileSync(at(name), '');
    const fh = await v.opendir(ROOT);
    const plus = await readAll((offset) => v.readdirplus(ROOT, fh, offset, 1 << 20));
    assert.deepEqual(plus, names);
    const plain = await readAll((offset) => v.readdir(ROOT, fh, offset, 1 << 20));
    assert.deepEqual(plain, names);
    const beyond = await readAll((offset) => v.readdir(ROOT, fh, offset, 0xffff_ffff));
    assert.deepEqual(beyond, names);
  });

  it('READDIRPLUS counts one lookup for each entry but "." and ".."', async () => {
    const names = fill(30);
    linkSync(at(names[0]!), at('same'));
    const fh = await v.opendir(ROOT);
    const nodes: bigint[] = [];
    let offset = 0n;
    for (;;) {
      const entries = await v.readdirplus(ROOT, fh, offset, 1000);
      if (entries.length === 0) break;
      for (const { name, ino, entry } of entries) {
        if (['.', '..'].includes(name.toString())) {
          assert.equal(entry.nodeid, 0n);
          continue;
        }
        nodes.push(entry.nodeid);
        assert.deepEqual([entry.ino, entry.entryValid, entry.attrValid], [ino, 0n, 0n]);
      }
      offset = entries.at(-1)!.off;
    }
    assert.equal(nodes.length, 31);
    assert.equal(new Set(nodes).size, 30);
    assert.equal((await v.guest.statistics()).nodes, 31);
    for (const nodeid of nodes) v.forget(nodeid);
    const statistics = await v.guest.statistics();
    assert.deepEqual([statistics.nodes, statistics.excessForgets], [1, 0]);
  });

  it('a directory that is removed on the host while it is read ends with an error', async () => {
    mkdirSync(at('d'));
    writeFileSync(at('d/f'), '');
    const { nodeid } = await v.lookup(ROOT, 'd');
    const fh = await v.opendir(nodeid);
    rmSync(at('d'), { recursive: true });
    await assert.rejects(v.readdir(nodeid, fh), { code: 'ENOENT' });
  });

  it('a cookie that never was is answered, not obeyed blindly', async () => {
    fill(5);
    const fh = await v.opendir(ROOT);
    for (const offset of [1n, 77n, 0x7fff_ffff_ffff_fffen, 0x7fff_ffff_ffff_ffffn]) {
      const { error } = await v.guest.ask('READDIR', { nodeid: ROOT }, pack(fuse_read_in, { fh, offset, size: 4096 }));
      assert.ok(error === 0 || error === 22, `${error}`);
    }
    await assert.rejects(v.readdir(ROOT, fh, 0xffff_ffff_ffff_ffffn), { code: 'EINVAL' });
  });
});
