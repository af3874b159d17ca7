/**
 * Announced changes as programs of the guest see them: a host that is a script, a real agent, a real mount and inotify. The host's
 * tree is changed first; then the call is injected, whose requests only seem to change it.
 */
import assert from 'node:assert/strict';
import { constants, promises } from 'node:fs';
import { join } from 'node:path';
import { InjectFlag, InjectKind, STAGE } from '../../protocol/announce.js';
import { Errno } from '../../protocol/errno.js';
import { S_IFDIR, S_IFIFO, S_IFLNK, S_IFREG } from '../../protocol/linux.js';
import { Workshop } from './support/agent-process.js';
import { describeUnless, obstacleToMounts } from './support/mountable.js';
import { type Node, ScriptedHost } from './support/scripted-host.js';
import { Watching } from './support/watching.js';

const RENAME_EXCHANGE = 2;

for (const validity of [0n, 3600n]) {
  describeUnless(obstacleToMounts(), `announcing with a validity of ${validity} s`, () => {
    let shop: Workshop;
    let host: ScriptedHost;
    let point: string;
    let watching: Watching;
    let directory: Node;
    let other: Node;

    let mountId = 0;
    before(async () => {
      shop = await Workshop.open();
      await shop.agent();
    });
    after(async () => await shop?.close());
    beforeEach(async () => {
      host = new ScriptedHost(shop.daemon);
      host.validity = validity;
      directory = host.directory(host.root, 'dir');
      other = host.directory(host.root, 'other');
      // Without them the kernel asks the host who may use the directory it works in.
      point = await shop.mount(++mountId, { defaultPermissions: validity !== 0n });
      watching = new Watching();
    });
    afterEach(async () => {
      await watching.close();
      await shop.daemon.ask({ type: 'unmount', mountId, lazy: false });
    });

    const watch = async (path: string, label: string) => await watching.add(join(point, path), label);
    /** Exactly these events, and exactly now. */
    const happened = async (...events: string[]) => assert.deepEqual(await watching.events(), events);
    const exists = async (path: string) =>
      await promises.lstat(join(point, path)).then(
        () => true,
        (error) => error.code,
      );

    for (const [what, mode, event] of [
      ['a file', S_IFREG | 0o644, 'dir: CREATE new'],
      ['a FIFO', S_IFIFO | 0o644, 'dir: CREATE new'],
    ] as const) {
      it(`${what} that came is a CREATE, and the file that is there`, async () => {
        await watch('dir', 'dir');
        const node = host.add(directory, 'new', mode);
        node.size = 42;
        const call = { kind: InjectKind.MKNOD, parent: directory.id, name: 'new', mode };
        assert.equal(await host.inject(call, { names: { [`${directory.id}/new`]: undefined } }), 0);
        await happened(event);
        const stat = await promises.lstat(join(point, 'dir/new'));
        assert.deepEqual([stat.ino, stat.size, stat.mode], [Number(node.id), 42, mode]);
      });
    }

    it('a call in a directory that is not watched is no event', async () => {
      await watch('other', 'other');
      await exists('dir');
      host.add(directory, 'new');
      const call = { kind: InjectKind.MKNOD, parent: directory.id, name: 'new', mode: S_IFREG | 0o644 };
      assert.equal(await host.inject(call, { names: { [`${directory.id}/new`]: undefined } }), 0);
      await happened();
    });

    it('a directory that came is a CREATE of a directory; its mode is not masked', async () => {
      await watch('dir', 'dir');
      host.directory(directory, 'sub');
      const call = { kind: InjectKind.MKDIR, parent: directory.id, name: 'sub', mode: 0o777, path: 'dir/sub' };
      assert.equal(await host.inject(call, { names: { [`${directory.id}/sub`]: undefined } }), 0);
      await happened('dir: CREATE|ISDIR sub');
      assert.equal(await exists('dir/sub'), true);
    });

    it('a symbolic link that came is a CREATE', async () => {
      await watch('dir', 'dir');
      host.add(directory, 'elsewhere', S_IFLNK | 0o777);
      // Of SYMLINK the kernel sends the name first.
      const call = { kind: InjectKind.SYMLINK, parent: directory.id, name: 'elsewhere' };
      assert.equal(await host.inject(call, { names: { [`${directory.id}/elsewhere`]: undefined } }), 0);
      await happened('dir: CREATE elsewhere');
    });

    it('a hard link that came is an ATTRIB of the file and a CREATE', async () => {
      const file = host.add(directory, 'file');
      await watch('other', 'other');
      await watch('dir/file', 'file');
      other.entries.set('link', file);
      file.nlink = 2;
      const call = { kind: InjectKind.LINK, parent: other.id, name: 'link', parent2: directory.id, name2: 'file' };
      assert.equal(await host.inject(call, { names: { [`${other.id}/link`]: undefined } }), 0);
      await happened('file: ATTRIB', 'other: CREATE link');
      assert.equal((await promises.stat(join(point, 'dir/file'))).nlink, 2);
    });

    it('a file that went is a DELETE, and for the last link a DELETE_SELF', async () => {
      const file = host.add(directory, 'file');
      await watch('dir', 'dir');
      await watch('dir/file', 'file');
      directory.entries.delete('file');
      file.nlink = 0;
      const call = { kind: InjectKind.UNLINK, parent: directory.id, name: 'file' };
      const shadow = { names: { [`${directory.id}/file`]: file }, doomed: file };
      assert.equal(await host.inject(call, shadow), 0);
      await happened('file: ATTRIB', 'file: DELETE_SELF', 'file: IGNORED', 'dir: DELETE file');
      assert.equal(await exists('dir/file'), 'ENOENT');
    });

    it('a link that went while another is left is an ATTRIB and a DELETE', async () => {
      const file = host.add(directory, 'file');
      other.entries.set('link', file);
      file.nlink = 2;
      await watch('dir', 'dir');
      await watch('dir/file', 'file');
      directory.entries.delete('file');
      file.nlink = 1;
      const shadow = { names: { [`${directory.id}/file`]: file }, doomed: file };
      const { id: parent } = directory;
      assert.equal(await host.inject({ kind: InjectKind.STAT, parent, name: 'file' }, shadow), 0);
      assert.equal(await host.inject({ kind: InjectKind.UNLINK, parent, name: 'file' }, shadow), 0);
      await happened('file: ATTRIB', 'dir: DELETE file');
      assert.equal(await exists('other/link'), true);
    });

    it('a directory that went is a DELETE_SELF and a DELETE', async () => {
      const sub = host.directory(directory, 'sub');
      await watch('dir', 'dir');
      await watch('dir/sub', 'sub');
      directory.entries.delete('sub');
      const call = { kind: InjectKind.RMDIR, parent: directory.id, name: 'sub', path: 'dir/sub' };
      assert.equal(await host.inject(call, { names: { [`${directory.id}/sub`]: sub } }), 0);
      await happened('sub: DELETE_SELF', 'sub: IGNORED', 'dir: DELETE|ISDIR sub');
    });

    for (const [what, mode, isdir] of [
      ['file', S_IFREG | 0o644, ''],
      ['directory', S_IFDIR | 0o755, '|ISDIR'],
    ] as const) {
      it(`a ${what} that moved is two halves with one cookie`, async () => {
        const moved = host.add(directory, 'old', mode);
        await watch('dir', 'dir');
        await watch('other', 'other');
        await watch('dir/old', 'moved');
        directory.entries.delete('old');
        other.entries.set('new', moved);
        const call = {
          kind: InjectKind.RENAME,
          ...{ parent: directory.id, name: 'old', parent2: other.id, name2: 'new' },
          ...{ path: 'dir/old', path2: 'other/new' },
        };
        const names = { [`${directory.id}/old`]: moved, [`${other.id}/new`]: undefined };
        assert.equal(await host.inject(call, { names }), 0);
        await happened(`dir: MOVED_FROM${isdir} old #1`, `other: MOVED_TO${isdir} new #1`, 'moved: MOVE_SELF');
        assert.deepEqual([await exists('dir/old'), await exists('other/new')], ['ENOENT', true]);
      });
    }

    it('a file that moved over another one is also the end of that', async () => {
      const [moved, victim] = [host.add(directory, 'new'), host.add(directory, 'file')];
      await watch('dir', 'dir');
      await watch('dir/file', 'victim');
      await exists('dir/new');
      directory.entries.delete('new');
      directory.entries.set('file', moved);
      victim.nlink = 0;
      const { id: parent } = directory;
      const call = { kind: InjectKind.RENAME, parent, name: 'new', parent2: parent, name2: 'file' };
      const shadow = { names: { [`${parent}/new`]: moved, [`${parent}/file`]: victim }, doomed: victim };
      assert.equal(await host.inject(call, shadow), 0);
      await happened(
        ...['dir: MOVED_FROM new #1', 'dir: MOVED_TO file #1'],
        ...['victim: ATTRIB', 'victim: DELETE_SELF', 'victim: IGNORED'],
      );
      assert.equal((await promises.stat(join(point, 'dir/file'))).ino, Number(moved.id));
    });

    it('two files that changed places are two pairs', async () => {
      const [one, two] = [host.add(directory, 'one'), host.add(other, 'two')];
      await watch('dir', 'dir');
      await watch('other', 'other');
      await Promise.all([exists('dir/one'), exists('other/two')]);
      directory.entries.set('one', two);
      other.entries.set('two', one);
      const call = {
        kind: InjectKind.RENAME,
        ...{ parent: directory.id, name: 'one', parent2: other.id, name2: 'two', mode: RENAME_EXCHANGE },
      };
      const names = { [`${directory.id}/one`]: one, [`${other.id}/two`]: two };
      assert.equal(await host.inject(call, { names }), 0);
      await happened(
        'dir: MOVED_FROM one #1',
        'other: MOVED_TO two #1',
        'other: MOVED_FROM two #2',
        'dir: MOVED_TO one #2',
      );
    });

    it('times are a MODIFY, an ATTRIB or nothing, by what is set', async () => {
      host.add(directory, 'file').mtime = 5n;
      await watch('dir', 'dir');
      await exists('dir/file');
      const times = { atime: { sec: 4n, nsec: 0 }, mtime: { sec: 5n, nsec: 0 } };
      const call = { kind: InjectKind.TIMES, parent: directory.id, name: 'file', ...times };
      const { OMIT_ATIME, OMIT_MTIME } = InjectFlag;
      assert.equal(await host.inject({ ...call, flags: OMIT_ATIME }), 0);
      await happened('dir: MODIFY file');
      assert.equal(await host.inject(call), 0);
      await happened('dir: ATTRIB file');
      assert.equal(await host.inject({ ...call, flags: OMIT_ATIME | OMIT_MTIME }), 0);
      await happened();
      assert.equal(Number((await promises.stat(join(point, 'dir/file'))).mtimeMs), 5000);
    });

    it('a file that was written is an OPEN, with TOUCH a MODIFY, and a CLOSE_WRITE', async () => {
      host.add(directory, 'file');
      await watch('dir', 'dir');
      await exists('dir/file');
      const call = { kind: InjectKind.WRITTEN, parent: directory.id, name: 'file' };
      assert.equal(await host.inject(call), 0);
      await happened('dir: OPEN file', 'dir: CLOSE_WRITE file');
      const touch = { flags: InjectFlag.TOUCH | InjectFlag.OMIT_ATIME, mtime: { sec: 7n, nsec: 1 } };
      assert.equal(await host.inject({ ...call, ...touch }), 0);
      await happened('dir: OPEN file', 'dir: MODIFY file', 'dir: CLOSE_WRITE file');
    });

    it('what comes and goes over the staging directory is one half each', async () => {
      const staging = host.directory(host.root, '.staging');
      const file = host.make();
      staging.entries.set('f', file);
      await watch('dir', 'dir');
      const stage = { kind: InjectKind.STAGE, name: '.staging' };
      const names = { [`${staging.id}/f`]: file, [`${directory.id}/file`]: undefined };
      const comes = { kind: InjectKind.RENAME, parent: STAGE, name: 'f', parent2: directory.id, name2: 'file' };
      assert.equal(await host.inject(comes, { names }), Errno.ESTALE, 'there is none yet');
      assert.equal(await host.inject(stage), 0);
      directory.entries.set('file', file);
      assert.equal(await host.inject(comes, { names }), 0);
      await happened('dir: MOVED_TO file #1');
      await watch('dir/file', 'file');
      directory.entries.delete('file');
      const goes = { kind: InjectKind.RENAME, parent: directory.id, name: 'file', parent2: STAGE, name2: 'g' };
      assert.equal(
        await host.inject(goes, { names: { [`${directory.id}/file`]: file, [`${staging.id}/g`]: undefined } }),
        0,
      );
      await happened('dir: MOVED_FROM file #1', 'file: MOVE_SELF');
      assert.equal(await exists('dir/file'), 'ENOENT');
    });

    it('a directory the kernel does not know is ESTALE, and nothing is asked of the host', async () => {
      await watch('dir', 'dir');
      await host.inject({ kind: InjectKind.STAT, name: 'dir' });
      host.log.length = 0;
      const unknown = { kind: InjectKind.UNLINK, parent: 4711n, name: 'file' };
      assert.equal(await host.inject(unknown), Errno.ESTALE);
      const second = { kind: InjectKind.RENAME, parent: directory.id, name: 'a', parent2: 4711n, name2: 'b' };
      assert.equal(await host.inject(second), Errno.ESTALE);
      assert.deepEqual(
        host.log.filter((line) => !line.startsWith('announced')),
        [],
      );
      await happened();
    });

    it("a file in the place of a directory, and the host's own errors, are answered as they are", async () => {
      const file = host.add(directory, 'file');
      await exists('dir/file');
      await promises.open(join(point, 'dir/file'), constants.O_RDONLY).then((handle) => handle.close());
      const inFile = { kind: InjectKind.UNLINK, parent: file.id, name: 'x' };
      assert.equal(await host.inject(inFile), Errno.ENOTDIR);
      const missing = { kind: InjectKind.UNLINK, parent: directory.id, name: 'missing' };
      assert.equal(await host.inject(missing), Errno.ENOENT);
      const there = { kind: InjectKind.MKNOD, parent: directory.id, name: 'file', mode: S_IFREG };
      assert.equal(await host.inject(there), Errno.EEXIST);
    });
  });
}
