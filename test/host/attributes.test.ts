/** SETATTR, STATX, extended attributes, symlinks and new objects, with ownership `host`: what the host has is what is seen. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import * as F from '../../protocol/fuse/flags.js';
import { mkfifoSync } from './support/host-files.js';
import { ROOT, Vfs } from './support/vfs.js';

const { FATTR_MODE: MODE, FATTR_UID: UID, FATTR_GID: GID, FATTR_SIZE: SIZE, FATTR_FH: FH } = F;
const { FATTR_ATIME: ATIME, FATTR_MTIME: MTIME, FATTR_ATIME_NOW: ATIME_NOW, FATTR_MTIME_NOW: MTIME_NOW } = F;

describe('attributes', () => {
  let v: Vfs;
  let nodeid: bigint;
  let fh: bigint;
  const at = (name: string) => v.guest.at(name);
  const stat = (name = 'f') => lstatSync(at(name), { bigint: true });
  before(async () => {
    v = await Vfs.open();
  });
  beforeEach(async () => {
    execFileSync('find', [v.guest.root, '-mindepth', '1', '-delete']);
    ({ nodeid, fh } = await v.create(ROOT, 'f'));
    await v.write(nodeid, fh, 0, '0123456789');
  });
  afterEach(() => v.release(nodeid, fh));
  after(() => v.close());

  describe('SETATTR', () => {
    it('of nothing changes nothing and answers the attributes', async () => {
      const before = stat();
      const attr = await v.setattr(nodeid, { valid: 0, mode: 0o7777, uid: 5, size: 0 });
      assert.equal(attr.size, 10n);
      assert.deepEqual([stat().mode, stat().ctimeNs, stat().size], [before.mode, before.ctimeNs, 10n]);
    });

    it('of everything at once', async () => {
      const attr = await v.setattr(nodeid, {
        valid: MODE | UID | GID | SIZE | ATIME | MTIME,
        ...{ mode: 0o106_711, uid: 1234, gid: 2345, size: 4 },
        ...{ atime: 1_000_000_000, atimensec: 1, mtime: 2_000_000_000, mtimensec: 999_999_999 },
      });
      const host = stat();
      assert.deepEqual(
        [attr.mode, attr.uid, attr.gid, attr.size, attr.atime, attr.atimensec, attr.mtime, attr.mtimensec],
        [0o106_711, 1234, 2345, 4n, 1_000_000_000n, 1, 2_000_000_000n, 999_999_999],
      );
      assert.deepEqual([host.mode, host.uid, host.gid, host.size], [0o106_711n, 1234n, 2345n, 4n]);
      assert.deepEqual([host.atimeNs, host.mtimeNs], [1_000_000_000_000_000_001n, 2_000_000_000_999_999_999n]);
    });

    it('of one time leaves the other one alone', async () => {
      await v.setattr(nodeid, { valid: ATIME | MTIME, atime: 10, mtime: 20 });
      await v.setattr(nodeid, { valid: ATIME, atime: 11, atimensec: 5 });
      assert.deepEqual([stat().atimeNs, stat().mtimeNs], [11_000_000_005n, 20_000_000_000n]);
      await v.setattr(nodeid, { valid: MTIME, mtime: 21, mtimensec: 6 });
      assert.deepEqual([stat().atimeNs, stat().mtimeNs], [11_000_000_005n, 21_000_000_006n]);
    });

    it('of the present time takes the host’s', async () => {
      await v.setattr(nodeid, { valid: ATIME | MTIME, atime: 10, mtime: 20 });
      await v.setattr(nodeid, { valid: MTIME | MTIME_NOW, mtime: 1 });
      assert.equal(stat().atimeNs, 10_000_000_000n);
      assert.ok(Math.abs(Number(stat().mtimeMs) - Date.now()) < 60_000);
      await v.setattr(nodeid, { valid: ATIME | ATIME_NOW | MTIME, mtime: 7 });
      assert.equal(stat().mtimeNs, 7_000_000_000n);
      assert.ok(Math.abs(Number(stat().atimeMs) - Date.now()) < 60_000);
    });

    it('of times before 1970', async () => {
      const attr = await v.setattr(nodeid, { valid: MTIME, mtime: -100n, mtimensec: 5 });
      assert.equal(stat().mtimeNs, -100_000_000_000n + 5n);
      assert.equal(BigInt.asIntN(64, BigInt(attr.mtime)), -100n);
    });

    it('of a size through a handle, without one, and of nothing else', async () => {
      assert.equal((await v.setattr(nodeid, { valid: SIZE | FH, size: 3, fh })).size, 3n);
      assert.equal((await v.setattr(nodeid, { valid: SIZE, size: 5_000_000_000n })).size, 5_000_000_000n);
      const reading = await v.open(nodeid, 0);
      await assert.rejects(v.setattr(nodeid, { valid: SIZE | FH, size: 0, fh: reading }), { code: 'EINVAL' });
      await v.release(nodeid, reading);
      const tooLarge = (error: { code: string }) => ['EFBIG', 'EINVAL'].includes(error.code);
      await assert.rejects(v.setattr(nodeid, { valid: SIZE, size: (1n << 63n) - 1n }), tooLarge);
      await assert.rejects(v.setattr(nodeid, { valid: SIZE, size: 1n << 63n }), tooLarge);
      const { nodeid: directory } = await v.mkdir(ROOT, 'd');
      await assert.rejects(v.setattr(directory, { valid: SIZE, size: 0 }), { code: 'EISDIR' });
      mkfifoSync(at('p'));
      const fifo = (await v.lookup(ROOT, 'p')).nodeid;
      await assert.rejects(v.setattr(fifo, { valid: SIZE, size: 0 }), { code: 'EINVAL' });
    });

    it('of a symlink means the link', async () => {
      symlinkSync('f', at('l'));
      const link = (await v.lookup(ROOT, 'l')).nodeid;
      await v.setattr(link, { valid: UID | GID | MTIME, uid: 77, gid: 88, mtime: 1 });
      const host = stat('l');
      assert.deepEqual([host.uid, host.gid, host.mtimeNs], [77n, 88n, 1_000_000_000n]);
      assert.notEqual(stat().uid, 77n);
      await assert.rejects(v.setattr(link, { valid: MODE, mode: 0o600 }), { code: 'EOPNOTSUPP' });
    });

    it('never changes the type', async () => {
      await v.setattr(nodeid, { valid: MODE, mode: 0o040_755 });
      assert.equal(stat().mode, 0o100_755n);
    });
  });

  it('STATX tells the birth time and the same as GETATTR else', async () => {
    const x = await v.statx(nodeid);
    const host = stat();
    assert.equal(x.btime.tv_sec, host.birthtimeNs / 1_000_000_000n);
    assert.equal(BigInt(x.btime.tv_nsec), host.birthtimeNs % 1_000_000_000n);
    assert.equal(Number(x.mask) & 0xfff, 0xfff);
    assert.deepEqual([x.ino, x.size, x.mode, x.nlink], [host.ino, 10n, Number(host.mode), 1]);
    assert.deepEqual(
      [x.mtime.tv_sec, BigInt(x.mtime.tv_nsec)],
      [host.mtimeNs / 1_000_000_000n, host.mtimeNs % 1_000_000_000n],
    );
  });

  describe('extended attributes', () => {
    it('user.* are the host’s: set, replaced, listed, measured, removed', async () => {
      await v.setxattr(nodeid, 'user.a', 'one', 1);
      await assert.rejects(v.setxattr(nodeid, 'user.a', 'two', 1), { code: 'EEXIST' });
      await assert.rejects(v.setxattr(nodeid, 'user.b', 'x', 2), { code: 'ENODATA' });
      await v.setxattr(nodeid, 'user.a', 'three', 2);
      await v.setxattr(nodeid, 'user.empty', '');
      assert.equal((await v.getxattr(nodeid, 'user.a')).toString(), 'three');
      assert.equal((await v.getxattr(nodeid, 'user.empty')).length, 0);
      assert.equal((await v.getxattr(nodeid, 'user.a', 0)).readUInt32LE(0), 5);
      assert.equal((await v.getxattr(nodeid, 'user.empty', 0)).readUInt32LE(0), 0);
      await assert.rejects(v.getxattr(nodeid, 'user.a', 4), { code: 'ERANGE' });
      assert.equal((await v.listxattr(nodeid)).toString(), 'user.a\0user.empty\0');
      assert.equal((await v.listxattr(nodeid, 0)).readUInt32LE(0), 18);
      await assert.rejects(v.listxattr(nodeid, 17), { code: 'ERANGE' });
      await v.removexattr(nodeid, 'user.a');
      await assert.rejects(v.getxattr(nodeid, 'user.a'), { code: 'ENODATA' });
      await assert.rejects(v.removexattr(nodeid, 'user.a'), { code: 'ENODATA' });
    });

    for (const name of ['user.containers.override_stat', 'user.com.docker.grpcfuse.ownership']) {
      it(`${name} does not exist for the guest`, async () => {
        execFileSync('setfattr', ['-n', name, '-v', '1:2:0644', at('f')]);
        await assert.rejects(v.getxattr(nodeid, name), { code: 'ENODATA' });
        await assert.rejects(v.getxattr(nodeid, name, 0), { code: 'ENODATA' });
        await assert.rejects(v.setxattr(nodeid, name, 'x'), { code: 'EPERM' });
        await assert.rejects(v.removexattr(nodeid, name), { code: 'ENODATA' });
        assert.equal((await v.listxattr(nodeid)).length, 0);
        assert.equal((await v.listxattr(nodeid, 0)).readUInt32LE(0), 0);
        const left = execFileSync('getfattr', ['-n', name, '--only-values', '--absolute-names', at('f')]);
        assert.equal(left.toString(), '1:2:0644');
      });
    }

    it('other namespaces are refused, odd names get their errno', async () => {
      for (const name of ['security.capability', 'trusted.x', 'system.posix_acl_access', 'nothing', 'use', 'USER.x']) {
        await assert.rejects(v.setxattr(nodeid, name, 'x'), { code: 'EOPNOTSUPP' }, name);
        await assert.rejects(v.getxattr(nodeid, name), { code: 'EOPNOTSUPP' }, name);
        await assert.rejects(v.removexattr(nodeid, name), { code: 'EOPNOTSUPP' }, name);
      }
      await assert.rejects(v.setxattr(nodeid, 'user.', 'x'), { code: 'EINVAL' });
      await assert.rejects(v.setxattr(nodeid, `user.${'n'.repeat(251)}`, 'x'), { code: 'ERANGE' });
      await assert.rejects(v.setxattr(nodeid, 'user.large', Buffer.alloc(65_537)), { code: 'E2BIG' });
    });
  });

  describe('new objects', () => {
    it('have exactly the mode asked for, and the owner that ownership `host` gives', async () => {
      for (const mode of [0o644, 0o000, 0o4755, 0o1777]) {
        const name = mode.toString(8);
        const { fh: made, ...file } = await v.create(ROOT, name, 2, mode);
        assert.equal(stat(name).mode, BigInt(0o100_000 | mode));
        await v.release(file.nodeid, made);
        await v.mkdir(ROOT, `d${name}`, mode);
        // mkdir(2) knows no set-id bits.
        assert.equal(stat(`d${name}`).mode, BigInt(0o040_000 | (mode & 0o1777)));
        await v.mknod(ROOT, `n${name}`, 0o100_000 | mode);
        assert.equal(stat(`n${name}`).mode, BigInt(0o100_000 | mode));
      }
    });

    it('FIFOs and sockets are made, device nodes refused', async () => {
      assert.equal((await v.mknod(ROOT, 'p', 0o010_644)).mode, 0o010_644);
      assert.equal((await v.mknod(ROOT, 's', 0o140_755)).mode, 0o140_755);
      await assert.rejects(v.mknod(ROOT, 'c', 0o020_644, 0x103), { code: 'EPERM' });
      await assert.rejects(v.mknod(ROOT, 'b', 0o060_644, 0x801), { code: 'EPERM' });
      await assert.rejects(v.mknod(ROOT, 'x', 0o030_644), { code: 'EPERM' });
      assert.deepEqual((await v.names(ROOT)).sort(), ['f', 'p', 's']);
    });

    it('symlinks hold any bytes, are read back as they are, and nothing follows them', async () => {
      for (const [name, content] of [
        ['up', '../../etc/passwd'],
        ['abs', '/proc/self/root'],
        ['magic', '/proc/self/fd/0'],
        ['self', 'self'],
        ['long', 'x'.repeat(4095)],
      ] as const) {
        const { nodeid: link } = await v.symlink(ROOT, name, content);
        assert.equal(await v.readlink(link), content);
        assert.equal(readlinkSync(at(name)), content);
        assert.equal(Number((await v.getattr(link)).mode) & 0o170_000, 0o120_000);
        await assert.rejects(v.lookup(link, 'x'), { code: 'ENOTDIR' });
        await assert.rejects(v.opendir(link), { code: 'ENOTDIR' });
        await assert.rejects(v.open(link, 0), { code: 'ENXIO' });
        await assert.rejects(v.create(link, 'x'), { code: 'ENOTDIR' });
      }
      await assert.rejects(v.symlink(ROOT, 'over', 'x'.repeat(4096)), { code: 'ENAMETOOLONG' });
      await assert.rejects(v.readlink(nodeid), { code: 'ESTALE' });
    });

    it('links are further names of the very file', async () => {
      const linked = await v.link(nodeid, ROOT, 'g');
      assert.deepEqual([linked.nodeid, linked.nlink], [nodeid, 2]);
      assert.equal(readFileSync(at('g'), 'utf8'), '0123456789');
      await assert.rejects(v.link(nodeid, ROOT, 'g'), { code: 'EEXIST' });
      await assert.rejects(v.link(ROOT, ROOT, 'r'), { code: 'EPERM' });
      await assert.rejects(v.link(12_345n, ROOT, 'r'), { code: 'ESTALE' });
      symlinkSync('nowhere', at('l'));
      const link = (await v.lookup(ROOT, 'l')).nodeid;
      await v.link(link, ROOT, 'l2');
      assert.equal(readlinkSync(at('l2')), 'nowhere');
    });

    it('fail with the errno of the host, and leave nothing', async () => {
      const makers = [
        (name: string) => v.mkdir(ROOT, name),
        (name: string) => v.mknod(ROOT, name, 0o100_644),
        (name: string) => v.symlink(ROOT, name, 'x'),
        (name: string) => v.link(nodeid, ROOT, name),
        (name: string) => v.create(ROOT, name, 2 | 0o200),
      ];
      for (const make of makers) {
        await assert.rejects(make('f'), { code: 'EEXIST' });
        await assert.rejects(make('n'.repeat(256)), { code: 'ENAMETOOLONG' });
      }
      writeFileSync(at('plain'), '');
      const { nodeid: plain } = await v.lookup(ROOT, 'plain');
      await assert.rejects(v.mkdir(plain, 'x'), { code: 'ENOTDIR' });
      assert.deepEqual((await v.names(ROOT)).sort(), ['f', 'plain']);
      assert.equal(statSync(at('f')).nlink, 1);
    });
  });
});
