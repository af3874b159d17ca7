/** Mounts of one guest that share a superblock, with the real agent of a virtual machine and the daemon's parts for it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, watch, writeFileSync } from 'node:fs';
import { open, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescriptorBudget } from '../../host/descriptor-budget.js';
import { Mounts } from '../../host/mounts.js';
import { Overlap } from '../../host/overlap.js';
import { ServedMount } from '../../host/served-mount.js';
import { openShareRoot } from '../../host/share-root.js';
import { Shares } from '../../host/shares.js';
import { os } from '../../native/index.js';
import { Errno } from '../../protocol/errno.js';
import { BINDS } from '../../protocol/version.js';
import { CACHING } from '../support/modes.js';
import { until } from '../support/until.js';
import { unmount } from './support/unmount.js';
import { VmWorld } from './support/vm-agent.js';

/** Where something of the guest is mounted: what people see, and what they do not. */
function mounted(directory: string, pid: number): { shown: string[]; hidden: string[] } {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const points = lines.map((line) => line.split(' ')).filter((fields) => fields.includes('fuse.osmofs'));
  const below = (place: string) => points.map((fields) => fields[4]!).filter((point) => point.startsWith(`${place}/`));
  return { shown: below(directory), hidden: below(`/run/osmofs-agent-${pid}`) };
}

const directories = { open: openShareRoot, close: (fd: number) => void os.close(fd) };

describe('mounts that share a superblock', () => {
  let world: VmWorld;
  let mounts: Mounts;
  let pid: number;
  const at = (name: string) => join(world.directory, name);
  const seen = () => mounts.list.map(({ name, state }) => `${name} ${state}`).sort();
  const device = async (name: string) => (await stat(at(name))).dev;
  const inits = async (name: string) => {
    const mount = mounts.list.find((each) => each.name === name)!;
    return (await mount.statistics(1000))?.requests.INIT;
  };
  const remove = (name: string, lazy = false) => mounts.remove({ select: { name, target: at(name) }, lazy });

  beforeEach(async () => {
    world = new VmWorld();
    mkdirSync(at('share/a/deep'), { recursive: true });
    mkdirSync(at('share/b'));
    for (const name of ['share/file', 'share/a/file', 'share/a/deep/file', 'share/b/file'])
      writeFileSync(at(name), name);
    const { agents } = world;
    mounts = new Mounts({
      shares: new Shares(at('config.json'), [at('share')]),
      config: () => ({}),
      budget: new DescriptorBudget(1024),
      log: (level, text) => world.log.push(`${level} ${text}`),
      directories,
      overlap: new Overlap(directories),
      session: async (guest) => agents.session(guest)!,
      expectLanes: (id, lanes) => agents.expect(id, lanes),
      serve: async (options) => new ServedMount(options),
      clearAway: async () => {},
      guestState: (guest) => (agents.session(guest) !== undefined ? 'connected' : 'known'),
      binds: (guest) => agents.session(guest)?.agreed.features.includes(BINDS) === true,
      wantedFile: at('guest-mounts.json'),
      changed: () => {},
    });
    agents.on('session', ({ guest }) => void mounts.restore(guest));
    const [agent] = await world.boot('vm');
    pid = agent.pid;
  });
  afterEach(async () => {
    await mounts.close(true);
    assert.deepEqual(mounted(world.directory, pid), { shown: [], hidden: [] });
    await world.close();
    await until(() => !existsSync(`/run/osmofs-agent-${pid}`), 'nothing is left of the hidden place');
  });

  /** Of a directory of the share. */
  async function mount(source: string, target: string, more: object = {}): Promise<void> {
    await mounts.add({ source: at(`share/${source}`), target: at(target), guest: 'vm', name: target, ...more });
  }

  it('show each its own directory of it, and nothing of the rest', async () => {
    await mount('a', 'one');
    await mount('b', 'two');
    await mount('a/deep', 'three');
    assert.equal(await device('one'), await device('two'));
    assert.equal(await device('one'), await device('three'));
    assert.deepEqual([await inits('one'), await inits('two')], [1, 1], 'one superblock was begun');
    assert.deepEqual((await readdir(at('one'))).sort(), ['deep', 'file']);
    assert.equal(await readFile(at('three/file'), 'utf8'), 'share/a/deep/file');
    assert.deepEqual(await readdir(at('two/..')), readdirSync(world.directory), 'its way up is the guest’s');
    await writeFile(at('three/new'), 'from the guest');
    assert.equal(await readFile(at('one/deep/new'), 'utf8'), 'from the guest');
    assert.equal(readFileSync(at('share/a/deep/new'), 'utf8'), 'from the guest');
    assert.equal(mounted(world.directory, pid).hidden.length, 1);
  });

  it('are one of the share root itself too', async () => {
    await mount('.', 'all');
    await mount('a', 'one');
    assert.equal(await device('all'), await device('one'));
    assert.deepEqual((await readdir(at('all'))).sort(), ['a', 'b', 'file']);
  });

  it('are others where ownership differs', async () => {
    await mount('a', 'one');
    await mount('a', 'two', { ownership: 'strict' });
    await mount('a', 'three', { ownership: 'strict', uid: 1000 });
    const devices = [await device('one'), await device('two'), await device('three')];
    assert.equal(new Set(devices).size, 3);
  });

  it('are read-only or not, each for itself', async () => {
    await mount('a', 'rw');
    await mount('a', 'ro', { readOnly: true });
    assert.equal(await device('rw'), await device('ro'));
    await assert.rejects(writeFile(at('ro/file'), 'x'), { code: 'EROFS' });
    await assert.rejects(writeFile(at('ro/new'), 'x'), { code: 'EROFS' });
    await writeFile(at('rw/file'), 'written');
    assert.equal(await readFile(at('ro/file'), 'utf8'), 'written');
  });

  it('go one by one, the superblock with the last', async () => {
    await mount('a', 'one');
    await mount('b', 'two');
    await remove('one');
    assert.deepEqual(seen(), ['two mounted']);
    assert.equal(await readFile(at('two/file'), 'utf8'), 'share/b/file');
    assert.equal(mounted(world.directory, pid).hidden.length, 1);
    await remove('two');
    assert.deepEqual(mounted(world.directory, pid), { shown: [], hidden: [] });
    await mount('b', 'two');
    assert.equal(await readFile(at('two/file'), 'utf8'), 'share/b/file', 'and a new one comes');
  });

  it('may come all at once', async () => {
    const names = ['one', 'two', 'three', 'four'];
    await Promise.all(names.map((name) => mount('a', name)));
    const devices = await Promise.all(names.map(device));
    assert.equal(new Set(devices).size, 1);
    await Promise.all(names.map((name) => remove(name)));
    assert.deepEqual(mounted(world.directory, pid), { shown: [], hidden: [] });
  });

  it('stay while they are busy; lazily they go, and open files go on', async () => {
    await mount('a', 'one');
    await mount('b', 'two');
    const file = await open(at('one/file'), 'r+');
    await assert.rejects(remove('one'), /busy/);
    assert.deepEqual(seen(), ['one mounted', 'two mounted']);
    await remove('one', true);
    assert.deepEqual(seen(), ['two mounted']);
    await file.write('SHARE', 0);
    await file.close();
    assert.equal(readFileSync(at('share/a/file'), 'utf8'), 'SHARE/a/file');
  });

  it('the last one, lazily, is detached until its last file is closed', async () => {
    await mount('a', 'one');
    const file = await open(at('one/file'), 'r+');
    await remove('one', true);
    assert.deepEqual(seen(), ['one detached']);
    await mount('b', 'one');
    await file.write('SHARE', 0);
    await file.close();
    await until(() => seen().join() === 'one mounted', 'the detached one has ended');
    assert.equal(readFileSync(at('share/a/file'), 'utf8'), 'SHARE/a/file');
  });

  it('are gone where somebody in the guest unmounts them, the superblock with the last', async () => {
    await mount('a', 'one');
    await mount('b', 'two');
    unmount(at('one'));
    await until(() => seen().join() === 'one deferred,two mounted', 'it is noticed');
    assert.equal(await readFile(at('two/file'), 'utf8'), 'share/b/file');
    unmount(at('two'));
    await until(() => mounted(world.directory, pid).hidden.length === 0, 'the superblock goes');
  });

  it('come back together when the agent was killed', async () => {
    await mount('a', 'one');
    await mount('b', 'two', { readOnly: true });
    const ended = once(world.agents.session('vm')!, 'ended');
    process.kill(pid, 'SIGKILL');
    await ended;
    await until(() => seen().join() === 'one deferred,two deferred', 'both are deferred');
    const left = pid;
    pid = world.agent('vm').pid;
    await until(() => seen().join() === 'one mounted,two mounted', 'both are back');
    assert.equal(await device('one'), await device('two'));
    await assert.rejects(writeFile(at('two/file'), 'x'), { code: 'EROFS' });
    assert.deepEqual(mounted(world.directory, left).hidden, []);
    assert.ok(!existsSync(`/run/osmofs-agent-${left}`), 'what the first agent had is cleared away');
  });

  it('go with their superblock, and leave nothing dead behind', async () => {
    await mount('a', 'one');
    await mount('b', 'two');
    await world.agents.session('vm')!.unmount(mounts.list[0]!.superblockId, true);
    await until(() => mounted(world.directory, pid).shown.length === 0, 'nothing is shown any more');
  });

  it('tell programs in the guest what the host does', async () => {
    await mount('a', 'one');
    await mount('b', 'two');
    const watcher = watch(at('two'));
    try {
      const told = once(watcher, 'change');
      // By another process: what this one does is the daemon's own.
      execFileSync('/bin/sh', ['-c', 'printf "on the host" > "$0"', at('share/b/born')]);
      assert.deepEqual(await told, ['rename', 'born']);
      assert.equal(await readFile(at('two/born'), 'utf8'), 'on the host');
    } finally {
      watcher.close();
    }
  });

  it('cost what is looked up, however large the share is', async () => {
    for (let i = 0; i < 2000; i++) mkdirSync(at(`share/other-${i}`));
    await mount('b', 'one');
    const statistics = await mounts.list[0]!.statistics(1000);
    assert.ok(statistics!.nodes <= 4, `${statistics!.nodes} nodes`);
    assert.ok(statistics!.watched <= 2, `${statistics!.watched} directories are watched`);
  });

  it('are an error and not an empty directory where the host has removed the directory', async () => {
    mkdirSync(at('share/gone'));
    await mount('gone', 'one');
    await mount('b', 'two');
    rmdirSync(at('share/gone'));
    await assert.rejects(readdir(at('one')), { errno: -Errno.ESTALE });
    assert.deepEqual(await readdir(at('two')), ['file']);
  });

  it('follow a directory that the host renames', async () => {
    await mount('b', 'one');
    renameSync(at('share/b'), at('share/a/b'));
    await until(() => existsSync(at('one/file')), 'it is found where it is now');
    await writeFile(at('one/file'), 'still the same');
    assert.equal(readFileSync(at('share/a/b/file'), 'utf8'), 'still the same');
  });

  for (const mode of CACHING) {
    it(`${mode}: keep nothing where a stricter one of any guest rules, and all beside it`, async () => {
      const [second] = await world.boot('second');
      await mount('a', 'weak', { consistency: mode, ownership: 'strict' });
      const lookups = async (name: string) => {
        const count = async () => (await mounts.list[0]!.statistics(1000))?.requests.LOOKUP ?? 0;
        await stat(at(name));
        const before = await count();
        await stat(at(name));
        return (await count()) - before;
      };
      const assertKept = async (name: string, rounds = 5): Promise<void> => {
        const asked = await lookups(name);
        // What was to be given back may still be on its way.
        if (asked > 0 && rounds > 1) await assertKept(name, rounds - 1);
        else assert.equal(asked, 0, name);
      };
      await assertKept('weak/deep/file');
      for (const guest of ['second', 'vm']) {
        await mount('a/deep', 'strict', { consistency: 'consistent', guest });
        assert.ok((await lookups('weak/deep/file')) > 0, `ruled from ${guest}`);
        await assertKept('weak/file');
        await remove('strict');
        await assertKept('weak/deep/file');
      }
      await second.kill('SIGTERM');
    });
  }

  it('are refused where a symlink has taken the place of a directory on the way', async () => {
    await mount('b', 'two');
    mkdirSync(at('outside/deep'), { recursive: true });
    const { bind } = world.agents.session('vm')!;
    const superblockId = mounts.list[0]!.superblockId;
    const session = world.agents.session('vm')!;
    const { symlinkSync } = await import('node:fs');
    symlinkSync(at('outside'), at('share/link'));
    for (const [way, code] of [
      ['link/deep', 'ENOTDIR'],
      ['link', 'ENOTDIR'],
      ['nothing', 'ENOENT'],
      ['file', 'ENOTDIR'],
    ] as const) {
      const request = { mountId: 4711, superblockId, directory: Buffer.from(way), target: Buffer.from(at('one')) };
      const reply = await bind.call(session, { ...request, readOnly: false });
      assert.match(reply.message, new RegExp(`${code}`), way);
    }
    assert.deepEqual(mounted(world.directory, pid).shown, [at('two')]);
  });
});
