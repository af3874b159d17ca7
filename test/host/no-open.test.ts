/** A guest that opens nothing: READ, WRITE and all that needs an open file name a node, and say fh 0. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hasInitFlag, InitFlag } from '../../protocol/fuse/flags.js';
import { Notify } from '../../protocol/fuse/opcodes.js';
import * as s from '../../protocol/fuse/structs.js';
import { O_APPEND, O_RDWR, O_WRONLY } from '../../protocol/linux.js';
import { eventually } from './support/eventually.js';
import type { GuestOptions } from './support/guest.js';
import { mkfifoSync } from './support/host-files.js';
import { pack } from './support/message.js';
import { ROOT, Vfs } from './support/vfs.js';

const NO_OPEN = (1 << InitFlag.FUSE_NO_OPEN_SUPPORT) | (1 << InitFlag.FUSE_NO_OPENDIR_SUPPORT);
const FH = 0n;
const HOLE = 1;
const [SEEK_DATA, SEEK_HOLE] = [3, 4];

describe('a guest that opens nothing', () => {
  let v: Vfs;
  const at = (name: string) => v.guest.at(name);
  const open = async (options: GuestOptions = {}) => {
    await v?.close();
    v = await Vfs.open({ mode: 'cached', told: true, ...options });
    return v;
  };
  /** A file of the host, looked up. */
  const file = async (name: string, content: string) => {
    writeFileSync(at(name), content);
    return (await v.lookup(ROOT, name)).nodeid;
  };
  const text = async (nodeid: bigint) => (await v.read(nodeid, FH, 0, 65_536)).toString();

  beforeEach(() => open());
  afterEach(() => v.close());

  describe('is agreed upon', () => {
    const flagsOf = async (members: object) => {
      await open({ init: false });
      const { flags, flags2 } = await v.guest.init(members);
      return (flag: number) => hasInitFlag(Number(flags), Number(flags2), flag);
    };

    it('where the kernel offers it for files and directories: locks and truncation at open are not, then', async () => {
      const has = await flagsOf({});
      assert.ok(has(InitFlag.FUSE_NO_OPEN_SUPPORT) && has(InitFlag.FUSE_NO_OPENDIR_SUPPORT));
      for (const flag of [InitFlag.FUSE_POSIX_LOCKS, InitFlag.FUSE_FLOCK_LOCKS, InitFlag.FUSE_ATOMIC_O_TRUNC])
        assert.ok(!has(flag));
      const nodeid = await file('f', 'text');
      await assert.rejects(v.open(nodeid), { code: 'ENOSYS' });
      await assert.rejects(v.opendir(ROOT), { code: 'ENOSYS' });
      await assert.rejects(v.flush(nodeid, FH), { code: 'ENOSYS' });
      await assert.rejects(v.call('SETLK', nodeid, {}, pack(s.fuse_lk_in, {})), { code: 'ENOSYS' });
      // Of a file created before the kernel had sent its first OPEN.
      await v.release(nodeid, FH);
      assert.equal(await text(nodeid), 'text');
    });

    it('and not where it lacks one of them: there are handles, and a node is none', async () => {
      for (const missing of [InitFlag.FUSE_NO_OPEN_SUPPORT, InitFlag.FUSE_NO_OPENDIR_SUPPORT]) {
        const has = await flagsOf({ flags: (0xffff_ffff & ~(1 << missing)) >>> 0 });
        assert.ok(!has(InitFlag.FUSE_NO_OPEN_SUPPORT) && !has(InitFlag.FUSE_NO_OPENDIR_SUPPORT));
        for (const flag of [InitFlag.FUSE_POSIX_LOCKS, InitFlag.FUSE_FLOCK_LOCKS, InitFlag.FUSE_ATOMIC_O_TRUNC])
          assert.ok(has(flag));
        const nodeid = await file('f', 'text');
        const fh = await v.open(nodeid);
        assert.equal((await v.read(nodeid, fh, 0, 10)).toString(), 'text');
        await assert.rejects(v.read(nodeid, FH, 0, 10), { code: 'EBADF' });
        await assert.rejects(v.readdir(ROOT, FH), { code: 'EBADF' });
        await v.flush(nodeid, fh);
        assert.notEqual((await v.create(ROOT, 'new')).fh, FH);
      }
    });

    it('and not in a mode that keeps nothing', async () => {
      await open({ mode: 'consistent', init: false });
      const { flags } = await v.guest.init();
      assert.equal(Number(flags) & NO_OPEN, 0);
      await assert.rejects(v.read(await file('f', 'text'), FH, 0, 10), { code: 'EBADF' });
    });
  });

  describe('reads and writes', () => {
    it('each file by its node, whatever else is read at the same time', async () => {
      const nodes = await Promise.all(Array.from({ length: 50 }, (_, i) => file(`f${i}`, `content of ${i}`)));
      const read = await Promise.all([...nodes, ...nodes].map(text));
      assert.deepEqual(
        read,
        [...nodes, ...nodes].map((_, i) => `content of ${i % 50}`),
      );
      await Promise.all(nodes.map((nodeid, i) => v.write(nodeid, FH, 0, `CONTENT ${i}`)));
      for (let i = 0; i < 50; i++)
        assert.equal(readFileSync(at(`f${i}`), 'utf8').slice(0, 9), `CONTENT ${i}`.slice(0, 9));
    });

    it('what it has created, without a handle and whatever its mode, and nothing is left when it is forgotten', async () => {
      const f = await v.create(ROOT, 'f', O_WRONLY, 0o200);
      assert.equal(f.fh, FH);
      await v.write(f.nodeid, FH, 0, 'text');
      assert.equal(await text(f.nodeid), 'text');
      v.forget(f.nodeid);
      assert.equal((await v.guest.statistics()).handles, 0);
    });

    it('what it has unlinked, until it forgets it', async () => {
      const f = await v.create(ROOT, 'f', O_RDWR);
      const g = await file('g', 'never read');
      await v.write(f.nodeid, FH, 0, 'text');
      for (const name of ['f', 'g']) await v.unlink(ROOT, name);
      await v.write(f.nodeid, FH, 0, 'TE');
      assert.equal(await text(f.nodeid), 'TExt');
      assert.equal(await text(g), 'never read');
      assert.equal(Number((await v.getattr(f.nodeid)).nlink), 0);
      v.forget(f.nodeid);
      await assert.rejects(text(f.nodeid), { code: 'ESTALE' });
    });

    it('what the host has replaced: the old file if it was read before, else nothing', async () => {
      const [read, unread] = [await file('a', 'old a'), await file('b', 'old b')];
      assert.equal(await text(read), 'old a');
      for (const name of ['a', 'b']) {
        writeFileSync(at('new'), `new ${name}`);
        renameSync(at('new'), at(name));
      }
      assert.equal(await text(read), 'old a');
      await assert.rejects(text(unread), { code: 'ESTALE' });
      assert.equal(await text((await v.lookup(ROOT, 'b')).nodeid), 'new b');
    });

    it('with every operation on an open file', async () => {
      const f = await file('f', 'x'.repeat(10_000));
      const g = await file('g', '');
      await v.fsync(f, FH);
      await v.call('FSYNCDIR', ROOT, {}, pack(s.fuse_fsync_in, {}));
      await v.call('FALLOCATE', f, {}, pack(s.fuse_fallocate_in, { offset: 0, length: 20_000 }));
      assert.equal(statSync(at('f')).size, 20_000);
      for (const [whence, found] of [
        [SEEK_DATA, 0n],
        [SEEK_HOLE, 20_000n],
      ] as const) {
        const out = await v.call('LSEEK', f, {}, pack(s.fuse_lseek_in, { whence }));
        assert.ok(out.readBigUInt64LE(0) >= found - BigInt(HOLE * 10_000));
      }
      await v.call('COPY_FILE_RANGE', f, {}, pack(s.fuse_copy_file_range_in, { nodeid_out: g, len: 5000 }));
      assert.equal(readFileSync(at('g'), 'utf8'), 'x'.repeat(5000));
      const [SIZE, FATTR_FH] = [1 << 3, 1 << 6];
      await v.setattr(g, { valid: SIZE | FATTR_FH, size: 7 });
      await v.setattr(f, { valid: SIZE, size: 8 });
      assert.deepEqual([statSync(at('g')).size, statSync(at('f')).size], [7, 8]);
    });

    it('many more files than may be open', async () => {
      await open({ descriptorBudget: 32 });
      const nodes = await Promise.all(Array.from({ length: 300 }, (_, i) => file(`f${i}`, `content of ${i}`)));
      for (const round of [0, 1]) {
        for (const [i, nodeid] of nodes.entries()) {
          if (i % 3 === round) await v.write(nodeid, FH, 0, 'CONTENT');
          assert.equal((await text(nodeid)).slice(-String(i).length), String(i));
        }
      }
      assert.ok((await v.guest.statistics()).handles <= 16);
    });
  });

  describe('is not trusted', () => {
    it('a forged node is an error, and never another file', async () => {
      const f = await file('f', 'text');
      mkdirSync(at('d'));
      mkfifoSync(at('p'));
      assert.equal(await text(f), 'text');
      const generation = 1n << 32n;
      for (const nodeid of [0n, f + 1n, f + generation, f - 1n + generation, 0xffff_ffffn, 1n << 63n, 2n ** 64n - 1n]) {
        await assert.rejects(text(nodeid), { code: 'ESTALE' }, `read ${nodeid}`);
        await assert.rejects(v.write(nodeid, FH, 0, 'x'), { code: 'ESTALE' }, `write ${nodeid}`);
      }
      for (const [name, code] of [
        ['d', 'EISDIR'],
        ['p', 'EINVAL'],
      ] as const) {
        const { nodeid } = await v.lookup(ROOT, name);
        await assert.rejects(text(nodeid), { code });
        await assert.rejects(v.write(nodeid, FH, 0, 'x'), { code });
      }
      await assert.rejects(text(ROOT), { code: 'EISDIR' });
      assert.equal(readFileSync(at('f'), 'utf8'), 'text');
    });

    it('a forged handle is an error, also that of a file which is held', async () => {
      const f = await file('f', 'text');
      await v.write(f, FH, 0, 'T');
      for (let slot = 1n; slot < 8n; slot++) {
        for (let generation = 0n; generation < 4n; generation++) {
          const fh = (generation << 32n) | slot;
          await assert.rejects(v.read(f, fh, 0, 10), { code: 'EBADF' });
          await assert.rejects(v.write(f, fh, 0, 'x'), { code: 'EBADF' });
          await assert.rejects(v.fsync(f, fh), { code: 'EBADF' });
          await assert.rejects(v.release(f, fh), { code: 'EBADF' });
        }
      }
      assert.equal(readFileSync(at('f'), 'utf8'), 'Text');
    });

    it('a node that is forgotten and its slot given to another file', async () => {
      const f = await file('f', 'first');
      assert.equal(await text(f), 'first');
      v.forget(f);
      const g = await file('g', 'second');
      assert.equal(g & 0xffff_ffffn, f & 0xffff_ffffn);
      await assert.rejects(text(f), { code: 'ESTALE' });
      assert.equal(await text(g), 'second');
      await assert.rejects(text(f), { code: 'ESTALE' });
      await assert.rejects(v.write(f, FH, 0, 'x'), { code: 'ESTALE' });
      assert.equal(readFileSync(at('g'), 'utf8'), 'second');
    });

    it('nothing is written to a read-only share', async () => {
      await open({ readOnly: true });
      const f = await file('f', 'text');
      await assert.rejects(v.write(f, FH, 0, 'x'), { code: 'EROFS' });
      assert.equal(await text(f), 'text');
    });
  });

  describe('appends', () => {
    const dropped = () =>
      v.guest.meta.strays.filter(({ unique, error }) => unique === 0n && error === -Notify.INVAL_INODE);

    it('behind what the host has appended, and is told that its own pages are not right', async () => {
      const f = await file('f', 'one\n');
      assert.equal(await text(f), 'one\n');
      await v.write(f, FH, 4, 'two\n', { flags: O_WRONLY | O_APPEND });
      await v.getattr(f);
      const before = dropped().length;
      appendFileSync(at('f'), 'host\n');
      await v.write(f, FH, 8, 'three\n', { flags: O_WRONLY | O_APPEND });
      assert.equal(readFileSync(at('f'), 'utf8'), 'one\ntwo\nhost\nthree\n');
      await eventually('the guest is told', () => dropped().length > before);
    });
  });

  describe('has written', () => {
    it('and the file is closed on the host soon after, once', async () => {
      const f = await v.create(ROOT, 'f');
      await v.write(f.nodeid, FH, 0, 'text');
      await eventually('nothing is held any more', async () => (await v.guest.statistics()).handles === 0);
      await v.write(f.nodeid, FH, 4, ', more');
      assert.equal((await v.guest.statistics()).handles, 1);
      await eventually('nothing is held any more', async () => (await v.guest.statistics()).handles === 0);
      assert.equal(await text(f.nodeid), 'text, more');
    });
  });

  describe('lists directories', () => {
    const COUNT = 5000;
    const all = Array.from({ length: COUNT }, (_, i) => `name-${i}`);
    beforeEach(() => {
      mkdirSync(at('d'));
      for (const name of all) writeFileSync(at(`d/${name}`), '');
    });

    /** A stream of its own, as a kernel reads it: `step` takes what one request gives. False at the end. */
    function stream(nodeid: bigint, plus = false) {
      const names: string[] = [];
      let offset = 0n;
      const step = async () => {
        const entries = plus
          ? await v.readdirplus(nodeid, FH, offset, 4096)
          : await v.readdir(nodeid, FH, offset, 4096);
        names.push(...entries.map(({ name }) => name.toString()));
        offset = entries.at(-1)?.off ?? offset;
        return entries.length > 0;
      };
      return { names, step };
    }
    const rest = (names: string[]) => names.filter((name) => !name.startsWith('.')).sort();

    it('whole, by READDIR and READDIRPLUS, one after the other', async () => {
      const { nodeid } = await v.lookup(ROOT, 'd');
      for (const plus of [false, true]) {
        const s = stream(nodeid, plus);
        while (await s.step());
        assert.deepEqual(rest(s.names), [...all].sort());
        assert.deepEqual(s.names.slice(0, 2), ['.', '..']);
      }
    });

    it('two streams at once, while the directory changes: what stays is told to each exactly once', async () => {
      const { nodeid } = await v.lookup(ROOT, 'd');
      const [one, two] = [stream(nodeid), stream(nodeid, true)];
      for (let i = 0, more = true; more; i++) {
        more = await one.step();
        if (i % 2 === 0) more = (await two.step()) || more;
        // Every third name goes, as many come, and a third stream begins anew.
        if (3 * i < COUNT) rmSync(at(`d/name-${3 * i}`));
        writeFileSync(at(`d/more-${i}`), '');
        if (i % 16 === 0) await v.readdir(nodeid, FH, 0n, 4096);
      }
      while (await two.step());
      for (const { names } of [one, two]) {
        assert.equal(new Set(names).size, names.length, 'a name was told twice');
        const stayed = all.filter((_, i) => i % 3 !== 0);
        const told = new Set(names);
        assert.deepEqual(
          stayed.filter((name) => !told.has(name)),
          [],
          'a name was lost',
        );
      }
    });

    it('on from any offset again (seekdir), also when others have been listed since', async () => {
      const { nodeid } = await v.lookup(ROOT, 'd');
      const first = await v.readdir(nodeid, FH, 0n, 65_536);
      const next = await v.readdir(nodeid, FH, first.at(-1)!.off, 65_536);
      for (let i = 0; i < 20; i++) {
        mkdirSync(at(`e${i}`));
        for (let j = 0; j < 1000; j++) writeFileSync(at(`e${i}/${'long'.repeat(50)}-${j}`), '');
        await v.readdir((await v.lookup(ROOT, `e${i}`)).nodeid, FH, 0n);
      }
      for (const at of [0, 1, 2, 500, first.length - 2]) {
        const again = await v.readdir(nodeid, FH, first[at]!.off, 4096);
        assert.equal(again[0]!.name.toString(), first[at + 1]!.name.toString());
      }
      assert.deepEqual(await v.readdir(nodeid, FH, first.at(-1)!.off, 65_536), next);
    });
  });
});
