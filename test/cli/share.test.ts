import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import type { Share } from '../../host/api.js';
import { isMounted, world } from './world.js';

describe('osmofs share', () => {
  const here = world();
  const list = async () => (await here.json<Share[]>('share', 'ls')).map(({ path }) => path);

  it('starts with the home directory and /tmp', async () => {
    assert.deepEqual(await list(), [process.env.HOME, '/tmp']);
  });

  it('adds and removes roots, also across a restart, and lists them without a daemon', async () => {
    assert.equal(await here.ok('share', 'add', here.dir), `${here.dir}: shared\n`);
    await here.ok('share', 'rm', '/tmp');
    await here.ok('daemon', 'stop');
    assert.deepEqual(await list(), [process.env.HOME, here.dir]);
    await here.ok('daemon', 'start');
    assert.deepEqual(await list(), [process.env.HOME, here.dir]);
  });

  it('loses nothing when many add at once', async () => {
    const names = ['a', 'b', 'c', 'd'].map((name) => here.make(name));
    await Promise.all(names.map((name) => here.ok('share', 'add', name)));
    assert.deepEqual((await list()).slice(2).sort(), names);
  });

  it('heeds an edit by hand at once', async () => {
    fs.writeFileSync(`${here.osmofs.home}/config/osmofs/config.json`, JSON.stringify({ shares: [here.dir] }));
    assert.deepEqual(await list(), [here.dir]);
  });

  it('keeps a root that mounts need, unless it is forced', async () => {
    const [source, target] = [here.make('src'), here.make('mnt')];
    await here.ok('share', 'add', here.dir);
    await here.ok('mount', '--name', 'web', source, target);
    await here.fails(
      1,
      `${here.dir}: in use by web. Unmount first, or: osmofs share rm --force ${here.dir}`,
      'share',
      'rm',
      here.dir,
    );
    await here.ok('share', 'add', source);
    await here.ok('share', 'rm', here.dir);
    assert.ok(isMounted(target), 'another root covers it');
    await here.ok('share', 'rm', '--force', source);
    assert.ok(!isMounted(target));
    await here.fails(1, `${source}: not shared from the host`, 'mount', source, target);
  });

  it('refuses what is not there', async () => {
    await here.fails(1, `${here.dir}/gone: no such directory`, 'share', 'add', `${here.dir}/gone`);
    await here.fails(4, `${here.dir}: not a share root`, 'share', 'rm', here.dir);
  });

  it('forgets a root that vanished only when told to', async () => {
    const gone = here.make('gone');
    await here.ok('share', 'add', gone);
    fs.rmdirSync(gone);
    assert.match(await here.ok('share', 'ls'), new RegExp(`${gone} +config +missing`));
    await here.ok('share', 'rm', gone);
    assert.ok(!(await list()).includes(gone));
  });
});
