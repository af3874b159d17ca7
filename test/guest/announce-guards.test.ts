/** Mounts inside a superblock, which an injected call must not harm: the kernel would take them away with their directory. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InjectKind } from '../../protocol/announce.js';
import { Errno } from '../../protocol/errno.js';
import { barrier, type Call, inject } from '../support/announcements.js';
import { Announcing, exists, READY } from './support/announcing.js';
import { describeUnless, obstacleToMounts } from './support/mountable.js';
import type { Node } from './support/scripted-host.js';

describeUnless(obstacleToMounts(), 'announcing where something is mounted inside', () => {
  const at = new Announcing();
  let point: string;
  let sub: Node;

  beforeEach(async () => {
    sub = at.host.directory(at.directory, 'sub');
    point = await at.shop.mount();
    await exists(join(point, 'dir/sub'));
  });

  /** Has the directory removed: 0 or a positive errno. */
  async function remove(name = 'sub', node = sub, guarded = true): Promise<number> {
    at.directory.entries.delete(name);
    const call: Call = { kind: InjectKind.RMDIR, parent: at.directory.id, name };
    const shadow = { names: { [`${at.directory.id}/${name}`]: node } };
    return await at.host.inject(guarded ? { ...call, path: `dir/${name}` } : call, shadow);
  }
  const mountsOf = (pid: number | 'self') =>
    readFileSync(`/proc/${pid}/mountinfo`, 'latin1')
      .split('\n')
      .filter((line) => line.includes(' - tmpfs over '));

  it('a mount point is not removed, nor moved, nor what leads to it; its neighbour is', async () => {
    const next = at.host.directory(at.directory, 'sub2');
    await exists(join(point, 'dir/sub2'));
    await at.run('mount', '-t', 'tmpfs', 'over', join(point, 'dir/sub'));
    at.host.log.length = 0;
    assert.equal(await remove(), Errno.EBUSY);
    const move = { kind: InjectKind.RENAME, parent: 1n, name: 'dir', parent2: 1n, name2: 'moved' };
    assert.equal(await at.host.inject({ ...move, path: 'dir', path2: 'moved' }), Errno.EBUSY);
    const onto = { kind: InjectKind.RENAME, parent: 1n, name: 'moved', parent2: at.directory.id, name2: 'sub' };
    assert.equal(await at.host.inject({ ...onto, path: 'moved', path2: 'dir/sub' }), Errno.EBUSY);
    assert.deepEqual(
      at.host.log.filter((line) => !line.startsWith('announced')),
      [],
      'nothing was tried',
    );
    assert.equal(await remove('sub2', next), 0);
    assert.equal(mountsOf('self').length, 1);
    await at.run('umount', join(point, 'dir/sub'));
    assert.equal(await remove(), 0, 'and now it goes');
  });

  it('a mount point of another mount namespace is not removed; unguarded it would have been, mount and all', async () => {
    const script = `mount -t tmpfs over "$1" && ${READY}`;
    const { child } = await at.waiting('unshare', '--mount', 'sh', '-c', script, 'sh', join(point, 'dir/sub'));
    assert.equal(await remove(), Errno.EBUSY);
    assert.deepEqual([mountsOf('self').length, mountsOf(child.pid!).length], [0, 1]);
    assert.equal(await remove('sub', sub, false), 0);
    assert.deepEqual([mountsOf('self').length, mountsOf(child.pid!).length], [0, 0]);
    child.kill('SIGKILL');
  });

  it('a mount point in a bind mount of a part is not removed, whatever its name is made of', async () => {
    const name = 'a b\tc\nd\\e\\040';
    const odd = at.host.directory(at.directory, name);
    const bind = at.shop.point('bind');
    await at.run('mount', '--bind', join(point, 'dir'), bind);
    await at.run('mount', '-t', 'tmpfs', 'over', join(bind, name));
    // More than one where mounts are shared: it appears below the public mount as well.
    const before = mountsOf('self').length;
    assert.equal(await remove(name, odd), Errno.EBUSY);
    assert.equal(mountsOf('self').length, before);
    assert.equal(await remove(), 0, 'another one beside it is');
    await at.run('umount', join(bind, name));
    assert.equal(await remove(name, odd), 0);
    await at.run('umount', bind);
  });

  it('a mount on top of a bind mount is on the directory that is bound', async () => {
    const bind = at.shop.point('bind');
    await at.run('mount', '--bind', join(point, 'dir/sub'), bind);
    assert.equal(await remove(), 0, 'to be bound is not to be a mount point');
    at.directory.entries.set('sub', at.host.make(sub.mode));
    sub = at.directory.entries.get('sub')!;
    await at.run('umount', bind);
    await at.run('mount', '--bind', join(point, 'dir/sub'), bind);
    await at.run('mount', '-t', 'tmpfs', 'over', bind);
    assert.equal(await remove(), Errno.EBUSY);
    await at.run('umount', bind);
    await at.run('umount', bind);
  });

  it('a burst of guarded calls looks at the mounts of its time', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `d${index}`);
    const burst = names.map((name, index) =>
      inject(BigInt(1000 + index), { kind: InjectKind.RMDIR, parent: at.directory.id, name, path: `dir/${name}` }),
    );
    at.host.log.length = 0;
    await at.host.send(barrier, ...burst);
    const answers = at.host.log.filter((line) => line.endsWith(` -${Errno.ENOENT}`));
    assert.equal(answers.length, names.length);
    await at.run('mount', '-t', 'tmpfs', 'over', join(point, 'dir/sub'));
    assert.equal(await remove(), Errno.EBUSY);
    await at.run('umount', join(point, 'dir/sub'));
    assert.equal(await remove(), 0);
  });
});
