/** Objects that are doors: magic links of /proc, device nodes, FIFOs, mount points of other file systems. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { linkSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkfifoSync } from '../support/host-files.js';
import { Secret } from '../support/secret.js';
import { ROOT, Vfs } from '../support/vfs.js';

describe('objects that lead elsewhere', () => {
  it('magic links of /proc are links: told, never followed', async () => {
    const v = await Vfs.open({ root: '/proc', readOnly: true });
    try {
      const self = (await v.lookup(ROOT, `${process.pid}`)).nodeid;
      for (const name of ['root', 'cwd', 'exe']) {
        const link = await v.lookup(self, name);
        assert.equal(link.mode & 0o170_000, 0o120_000, name);
        assert.ok((await v.readlink(link.nodeid)).startsWith('/'));
        await assert.rejects(v.lookup(link.nodeid, 'etc'), { code: 'ENOTDIR' });
        await assert.rejects(v.opendir(link.nodeid), { code: 'ENOTDIR' });
        await assert.rejects(v.open(link.nodeid, 0), { code: 'ENXIO' });
      }
      const fds = (await v.lookup(self, 'fd')).nodeid;
      const standardInput = await v.lookup(fds, '0');
      assert.equal(standardInput.mode & 0o170_000, 0o120_000);
      await assert.rejects(v.open(standardInput.nodeid, 0), { code: 'ENXIO' });
      const status = await v.lookup(self, 'comm');
      const fh = await v.open(status.nodeid, 0);
      assert.equal((await v.read(status.nodeid, fh, 0, 65_536)).toString(), readFileSync('/proc/self/comm', 'utf8'));
    } finally {
      await v.close();
    }
  });

  it('device nodes that the host has in a share are shown, not opened', async function () {
    const v = await Vfs.open();
    try {
      try {
        execFileSync('mknod', [v.guest.at('null'), 'c', '1', '3'], { stdio: 'pipe' });
      } catch (error) {
        // mknod(2) of devices needs root, and not every container allows it.
        assert.match(String(error), /not permitted/);
        return this.skip();
      }
      const { nodeid, mode } = await v.lookup(ROOT, 'null');
      assert.equal(mode & 0o170_000, 0o020_000);
      assert.equal(lstatSync(v.guest.at('null')).rdev, 0x103);
      for (const flags of [0, 1, 2, 0o1002]) {
        await assert.rejects(v.open(nodeid, flags), { code: 'ENXIO' });
        await assert.rejects(v.create(ROOT, 'null', flags), { code: 'ESTALE' });
      }
      await assert.rejects(v.setattr(nodeid, { valid: 8, size: 0 }), { code: 'EINVAL' });
      assert.equal((await v.guest.statistics()).handles, 0);
    } finally {
      await v.close();
    }
  });

  it('FIFOs without anybody at the other end hold nothing up', async () => {
    const v = await Vfs.open();
    try {
      mkfifoSync(v.guest.at('p'));
      const { nodeid } = await v.lookup(ROOT, 'p');
      for (const flags of [0, 1, 2, 0o1001]) {
        await assert.rejects(v.open(nodeid, flags), { code: 'ENXIO' });
        await assert.rejects(v.create(ROOT, 'p', flags), { code: 'ESTALE' });
      }
      await v.getattr(nodeid);
      await v.setattr(nodeid, { valid: 1, mode: 0o600 });
      await assert.rejects(v.getxattr(nodeid, 'user.x'), (error: { code: string }) => /ENODATA|EPERM/.test(error.code));
      await v.rename(ROOT, 'p', ROOT, 'q');
      await v.unlink(ROOT, 'q');
    } finally {
      await v.close();
    }
  });

  it('symlinks that point outside stay links, in every operation that has a path behind it', async () => {
    const v = await Vfs.open();
    try {
      const secret = new Secret(`${v.guest.beside}/secret`);
      symlinkSync(secret.path, v.guest.at('absolute'));
      symlinkSync('../secret', v.guest.at('relative'));
      symlinkSync('../secret/f', v.guest.at('file'));
      mkdirSync(v.guest.at('d'));
      for (const name of ['absolute', 'relative', 'file']) {
        const { nodeid } = await v.lookup(ROOT, name);
        const denied = { code: 'ENOTDIR' };
        await assert.rejects(v.lookup(nodeid, 'f'), denied);
        await assert.rejects(v.mkdir(nodeid, 'made'), denied);
        await assert.rejects(v.create(nodeid, 'made'), denied);
        await assert.rejects(v.symlink(nodeid, 'made', 'x'), denied);
        await assert.rejects(v.opendir(nodeid), denied);
        await assert.rejects(v.open(nodeid, 2), { code: 'ENXIO' });
        await assert.rejects(v.create(ROOT, name), { code: 'ESTALE' });
        for (const use of [
          () => v.unlink(nodeid, 'f'),
          () => v.rmdir(nodeid, 'sub'),
          () => v.link(nodeid, nodeid, 'x'),
        ])
          await assert.rejects(use(), (error: { code: string }) => /ENOTDIR|ESTALE/.test(error.code));
        await assert.rejects(v.setattr(nodeid, { valid: 8, size: 0 }), { code: 'EINVAL' });
        await assert.rejects(v.setattr(nodeid, { valid: 1, mode: 0 }), { code: 'EOPNOTSUPP' });
        await v.setattr(nodeid, { valid: 2, uid: 0 });
        await v.rename(ROOT, name, ROOT, `${name}-renamed`);
        await v.link(nodeid, ROOT, `${name}-linked`);
        await v.unlink(ROOT, `${name}-renamed`);
      }
      secret.assertUntouched();
      assert.deepEqual(secret.names(), ['f', 'link', 'sub', 'sub/g']);
    } finally {
      await v.close();
    }
  });

  it('a hard link is the file, whatever else its name; only names in the share are changed', async () => {
    const v = await Vfs.open();
    try {
      writeFileSync(`${v.guest.beside}/outside`, 'shared by a link');
      linkSync(`${v.guest.beside}/outside`, v.guest.at('inside'));
      const { nodeid, nlink } = await v.lookup(ROOT, 'inside');
      assert.equal(nlink, 2);
      await v.rename(ROOT, 'inside', ROOT, 'renamed');
      await v.unlink(ROOT, 'renamed');
      assert.equal(readFileSync(`${v.guest.beside}/outside`, 'utf8'), 'shared by a link');
      assert.equal((await v.getattr(nodeid)).nlink, 1);
      v.forget(nodeid);
      await assert.rejects(v.getattr(nodeid), { code: 'ESTALE' });
      await assert.rejects(v.link(nodeid, ROOT, 'back'), { code: 'ESTALE' });
    } finally {
      await v.close();
    }
  });

  it('a share of the whole machine has a root whose ".." is itself', async () => {
    const v = await Vfs.open({ root: '/', readOnly: true });
    try {
      const etc = await v.walk('etc');
      assert.equal(etc.ino, lstatSync('/etc', { bigint: true }).ino);
      const fh = await v.opendir(ROOT);
      const root = lstatSync('/', { bigint: true }).ino;
      for (const { name, ino } of await v.readdir(ROOT, fh))
        if (/^\.\.?$/.test(name.toString())) assert.equal(ino, root);
      await assert.rejects(v.create(ROOT, 'made'), { code: 'EROFS' });
      const machine = await v.walk('proc/sys/kernel/ostype');
      // Another file system: its inode numbers carry which one, so that no two files of the share look like one.
      assert.notEqual(machine.ino, lstatSync('/proc/sys/kernel/ostype', { bigint: true }).ino);
      assert.equal((await v.lookup(ROOT, 'proc')).nodeid, (await v.walk('proc')).nodeid);
    } finally {
      await v.close();
    }
  });
});
