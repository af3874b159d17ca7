import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import type { Mount } from '../../host/api.js';
import { isMounted, until, world } from './world.js';

describe('osmofs umount', () => {
  const here = world();
  const list = () => here.json<Mount[]>('ls');
  let [source, target] = ['', ''];
  beforeEach(async () => {
    [source, target] = [here.make('src'), here.make('mnt')];
    fs.writeFileSync(`${source}/file`, 'content');
    await here.osmofs.mount(source, target);
  });

  it('takes it away, once', async () => {
    assert.equal(await here.ok('umount', target), `src: ${target} is unmounted\n`);
    assert.ok(!isMounted(target));
    await here.fails(4, `${target}: no osmofs mount. See them with: osmofs ls`, 'umount', target);
    await here.fails(4, 'src: no osmofs mount', 'umount', 'src');
  });

  it('is refused while a program uses it; lazily, open files go on and the place is free', async () => {
    const fd = fs.openSync(`${target}/file`, 'r+');
    try {
      await here.fails(
        1,
        `${target}: busy: a program has a file or its working directory there. Close it, or detach the mount at once: osmofs umount --lazy src`,
        'umount',
        target,
      );
      assert.deepEqual(
        (await list()).map(({ state }) => state),
        ['mounted'],
      );
      await here.ok('umount', '--lazy', 'src');
      assert.ok(!isMounted(target));
      assert.deepEqual(
        (await list()).map(({ state }) => state),
        ['detached'],
      );
      await here.ok('mount', source, target);
      fs.writeSync(fd, 'CON', 0);
      assert.equal(fs.readFileSync(`${source}/file`, 'utf8'), 'CONtent');
    } finally {
      fs.closeSync(fd);
    }
    await until('the detached one has ended', async () => (await list()).length === 1);
    assert.deepEqual(
      (await list()).map(({ state }) => state),
      ['mounted'],
    );
  });

  it('by hand is noticed', async () => {
    assert.equal(spawnSync('umount', [target]).status, 0);
    await until('ls knows', async () => (await list()).length === 0);
    assert.match(here.osmofs.log(), /warn mount src at .* ended: /);
    await here.ok('mount', source, target);
  });

  it('takes all away', async () => {
    const more = here.make('m2');
    await here.ok('mount', source, more);
    assert.equal((await here.ok('umount', '--all')).split('\n').length, 3);
    assert.ok(!isMounted(target) && !isMounted(more));
    assert.equal(await here.ok('umount', '--all'), '');
  });
});
