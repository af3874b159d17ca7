import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import type { Mount } from '../../host/api.js';
import { atExit } from '../support/at-exit.js';
import { makeFile, makeLink } from '../unit/host/scratch-directory.js';
import { homeFor, isMounted, runAs, world } from './world.js';

describe('osmofs mount', () => {
  const here = world();
  const list = () => here.json<Mount[]>('ls');
  let [source, target] = ['', ''];
  beforeEach(async () => {
    [source, target] = [here.make('src'), here.make('mnt')];
    fs.writeFileSync(`${source}/file`, 'content');
    await here.ok('share', 'add', here.dir);
  });

  it('shows the directory, and ls and status show the mount', async () => {
    assert.equal(
      await here.ok('mount', `${source}:${target}:cached`, '--ownership', 'strict', '--uid', '5'),
      `src: ${source} is at ${target}\n`,
    );
    assert.equal(fs.readFileSync(`${target}/file`, 'utf8'), 'content');
    assert.equal(fs.statSync(`${target}/file`).uid, 5);
    const [mount] = await list();
    assert.deepEqual(
      { ...mount, id: 0, since: '' },
      {
        id: 0,
        name: 'src',
        source,
        target,
        guest: 'local',
        consistency: { requested: 'cached', granted: 'cached' },
        ownership: { kind: 'strict', uid: 5 },
        readOnly: false,
        state: 'mounted',
        since: '',
      },
    );
    const { mounts, agents, shares } = await here.status();
    assert.ok(mounts[0]!.statistics!.requests.READ! >= 1);
    assert.ok(mounts[0]!.statistics!.bytesRead >= 'content'.length);
    assert.ok(agents[0]!.rss! > 0);
    assert.ok(shares.some(({ path }) => path === here.dir));
  });

  it('resolves relative paths and symlinks, and takes colons in names', async () => {
    const odd = here.make('a:b c');
    fs.symlinkSync('mnt', `${here.dir}/link`);
    await here.ok('mount', `${odd.replace(':', '\\:')}:${here.dir}/link`);
    const [mount] = await list();
    assert.deepEqual([mount!.source, mount!.target, mount!.name], [odd, target, 'a-b-c']);
    await here.ok('umount', `${here.dir}/link`);
    const child = spawn('sh', ['-c', 'cd "$0" && exec node "$1" mount ./src mnt', here.dir, programPath], {
      env: here.osmofs.environment,
    });
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    assert.ok(isMounted(target));
  });

  it('read-only refuses every change', async () => {
    await here.ok('mount', '--ro', source, target);
    assert.throws(() => fs.writeFileSync(`${target}/new`, ''), { code: 'EROFS' });
    assert.throws(() => fs.unlinkSync(`${target}/file`), { code: 'EROFS' });
    assert.deepEqual(fs.readdirSync(source), ['file']);
  });

  const refused: [what: string, prepare: () => string[], code: number, says: () => string][] = [
    [
      'a missing source',
      () => [`${here.dir}/gone`, target],
      1,
      () => `${here.dir}/gone: no such directory. Create it: mkdir -p`,
    ],
    ['a file as source', () => [`${source}/file`, target], 1, () => `${source}/file: not a directory`],
    [
      'a source that is not shared',
      () => ['/usr', target],
      1,
      () => '/usr: not shared from the host. Share it first: osmofs share add /usr',
    ],
    [
      'a link that leads out of the share',
      () => [makeLink(`${here.dir}/usr`, '/usr'), target],
      1,
      () => `${here.dir}/usr: not shared from the host`,
    ],
    [
      'a missing target',
      () => [source, `${here.dir}/gone`],
      1,
      () => `${here.dir}/gone: no such directory. Create it: mkdir -p ${here.dir}/gone`,
    ],
    ['a file as target', () => [source, makeFile(`${here.dir}/f`)], 1, () => `${here.dir}/f: not a directory`],
    [
      'a target that is not empty',
      () => [source, dirname(makeFile(`${target}/x`))],
      1,
      () => `${target}: not empty. Choose an empty directory, or hide what is there with --nonempty`,
    ],
    ['a target that is a mount point', () => [source, '/proc'], 1, () => '/proc: already a mount point'],
    ['a target in its source', () => [source, here.make('src/in')], 1, () => 'inside its own source'],
    ['a target around its source', () => [source, here.dir, '--nonempty'], 1, () => 'its source'],
    ['the source as target', () => [source], 1, () => 'the source itself'],
    ['a guest nobody knows', () => ['--guest', 'vm', source, '/mnt'], 4, () => 'vm: no such guest'],
    ['contradicting options', () => [`${source}:${target}:rw`, '--ro'], 2, () => 'contradicts'],
  ];
  for (const [what, prepare, code, says] of refused) {
    it(`refuses ${what}, and leaves nothing`, async () => {
      const args = prepare();
      await here.fails(code, says(), 'mount', ...args);
      assert.deepEqual(await list(), []);
      assert.ok(!isMounted(target));
    });
  }

  it('refuses what would meet another mount, naming it', async () => {
    await here.ok('mount', '--name', 'web', source, target);
    const other = here.make('other');
    fs.mkdirSync(`${source}/dir`);
    await here.fails(
      1,
      `${target}: already a mount point (web, ${target}). Choose another directory, or first: osmofs umount web`,
      'mount',
      other,
      target,
    );
    await here.fails(1, `${target}/dir: inside an osmofs mount (web`, 'mount', other, `${target}/dir`);
    await here.fails(
      1,
      `inside an osmofs mount (web). Mount what it shows instead: ${source}/dir`,
      'mount',
      `${target}/dir`,
      here.make('m2'),
    );
    await here.fails(1, 'web: a mount of that name exists', 'mount', '--name', 'web', other, here.make('m3'));
    assert.equal((await list()).length, 1);
  });

  it('gives one place to one of several that ask at once', async () => {
    const sources = ['a', 'b', 'c'].map((name) => here.make(name));
    const results = await Promise.all(sources.map((each) => here.osmofs.run(['mount', each, target])));
    assert.deepEqual(results.map(({ code }) => code).sort(), [0, 1, 1]);
    assert.equal((await list()).length, 1);
  });

  it('covers a directory that is not empty if told to', async () => {
    fs.writeFileSync(`${target}/hidden`, '');
    await here.ok('mount', '--nonempty', source, target);
    assert.deepEqual(fs.readdirSync(target), ['file']);
    await here.ok('umount', target);
    assert.deepEqual(fs.readdirSync(target), ['hidden']);
  });

  it('keeps several apart: the same source twice, sources within each other', async () => {
    const inner = here.make('src/inner');
    const targets = ['m1', 'm2', 'm3'].map((name) => here.make(name));
    await here.ok('mount', source, targets[0]!);
    await here.ok('mount', source, targets[1]!);
    await here.ok('mount', inner, targets[2]!);
    fs.writeFileSync(`${targets[0]}/inner/f`, 'x');
    for (const path of [`${targets[1]}/inner/f`, `${targets[2]}/f`]) assert.equal(fs.readFileSync(path, 'utf8'), 'x');
    assert.deepEqual(
      (await list()).map(({ name }) => name),
      ['src', 'src-2', 'inner'],
    );
    await here.ok('umount', 'src-2');
    assert.deepEqual(
      (await list()).map(({ target }) => target),
      [targets[0], targets[2]],
    );
  });

  it('mounts within what another one shows, and they go in order', async () => {
    const inner = here.make('src/inner');
    const other = here.make('other');
    fs.writeFileSync(`${other}/o`, 'other');
    await here.ok('mount', source, target);
    await here.ok('mount', other, inner);
    assert.equal(fs.readFileSync(`${target}/inner/o`, 'utf8'), 'other');
    await here.ok('umount', '--all');
    assert.ok(!isMounted(target) && !isMounted(inner));
  });

  it('as a user who is not root', async () => {
    const home = homeFor(65_534, `${here.dir}/home`);
    const [from, to] = [`${home}/from`, `${home}/to`];
    for (const path of [from, to]) {
      fs.mkdirSync(path);
      fs.chownSync(path, 65_534, 65_534);
    }
    fs.chmodSync(here.dir, 0o755);
    const secret = `${home}/secret`;
    fs.mkdirSync(secret, { mode: 0 });
    fs.chownSync(secret, 65_534, 65_534);
    const closeFuse = openFuseToAll();
    try {
      const denied = await runAs(65_534, home, ['mount', secret, to]);
      assert.deepEqual(
        [denied.code, denied.stderr],
        [1, `osmofs: ${secret}: permission denied. The user who runs osmofs must be able to read and enter it\n`],
      );
      const mounted = await runAs(65_534, home, ['mount', from, to]);
      assert.equal(mounted.code, 0, mounted.stderr);
      assert.ok(isMounted(to));
      assert.equal(spawnSync('cp', ['/etc/hostname', `${to}/copy`], { uid: 65_534, gid: 65_534 }).status, 0);
      assert.equal(fs.readFileSync(`${from}/copy`, 'utf8'), fs.readFileSync('/etc/hostname', 'utf8'));
    } finally {
      const stopped = await runAs(65_534, home, ['daemon', 'stop', '--force']);
      closeFuse();
      assert.equal(stopped.code, 0, stopped.stderr);
    }
    assert.ok(!isMounted(to));
  });
});

/** /dev/fuse is for everybody where udev makes it (0666), for root where a container does. @returns undoes it */
function openFuseToAll(): () => void {
  const mode = fs.statSync('/dev/fuse').mode & 0o777;
  const undo = () => fs.chmodSync('/dev/fuse', mode);
  const forget = atExit(undo);
  fs.chmodSync('/dev/fuse', 0o666);
  return () => {
    undo();
    forget();
  };
}

const programPath = new URL('../../../bin/osmofs', import.meta.url).pathname;
