/** Several VMs with one directory, and mounts of a VM that does not run. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Mount } from '../../host/api.js';
import type { Peer } from '../support/peer.js';
import { C } from '../support/sys.js';
import { Vm } from './support/vm.js';

const AT = '/common';

describe('one directory in two VMs', function () {
  this.timeout(120_000);
  let host: string;
  let vms: Vm[] = [];
  let one: Peer;
  let two: Peer;

  before(async function () {
    const vm = await Vm.orSkip(this);
    vms = [vm, await vm.other('other')];
    host = vm.directory('common');
    for (const each of vms) await each.mount(host, AT, ['--name', `in-${each.name}`, '--consistency', 'consistent']);
    [one, two] = [await vms[0]!.peer(), await vms[1]!.peer()];
  });
  after(async () => {
    await one?.end();
    await two?.end();
    for (const { name } of vms) await vms[0]!.succeed(['umount', `in-${name}`]);
  });

  it('what one has written, made, renamed and removed is what the other sees at its next call', () => {
    one.do('writeFile', `${AT}/file`, 'one');
    assert.equal(two.do('readFile', `${AT}/file`).toString(), 'one');
    const reader = two.do('open', `${AT}/file`, C.O_RDONLY);
    one.do('writeFile', `${AT}/file`, 'one, again');
    assert.equal(two.do('pread', reader, 100, 0).toString(), 'one, again', 'through a file that was open before');
    two.do('close', reader);
    assert.ok(!two.do('exists', `${AT}/dir`));
    one.do('mkdir', `${AT}/dir`);
    assert.ok(two.do('exists', `${AT}/dir`), 'a name that was not there a moment ago');
    two.do('rename', `${AT}/file`, `${AT}/dir/moved`);
    assert.deepEqual(one.do('names', AT), ['dir']);
    assert.equal(one.do('readFile', `${AT}/dir/moved`).toString(), 'one, again');
    one.do('unlink', `${AT}/dir/moved`);
    assert.deepEqual(two.do('names', `${AT}/dir`), []);
  });

  it('lines that both append at once are all there, whole, each VM’s in its order', () => {
    const lines = (name: string) => Array.from({ length: 50 }, (_, index) => `${name} ${index}\n`);
    one.do('writeFile', `${AT}/lines`, '');
    const writers = [one, two].map((peer, index) => {
      const fd = peer.do('open', `${AT}/lines`, C.O_WRONLY | C.O_APPEND);
      return peer.start('writeEach', `${AT}/go`, fd, lines(`vm${index}`));
    });
    writeFileSync(`${host}/go`, '');
    for (const writer of writers) writer.finish();
    const written = readFileSync(`${host}/lines`, 'utf8').split(/(?<=\n)/);
    assert.equal(written.length, 100);
    for (const name of ['vm0', 'vm1'])
      assert.deepEqual(
        written.filter((line) => line.startsWith(name)),
        lines(name),
      );
  });

  const locks: [
    call: string,
    lock: 'lock' | 'flock',
    wait: 'lockWait' | 'flock',
    take: number,
    now: number,
    give: number,
  ][] = [
    ['fcntl', 'lock', 'lockWait', C.F_WRLCK, C.F_WRLCK, C.F_UNLCK],
    ['flock', 'flock', 'flock', C.LOCK_EX, C.LOCK_EX | C.LOCK_NB, C.LOCK_UN],
  ];
  for (const [call, lock, wait, take, now, give] of locks) {
    it(`a ${call} lock of one keeps the other out, which gets it when it is free`, () => {
      const path = `${AT}/${call}`;
      one.do('writeFile', path, '');
      const [mine, other] = [one.do('open', path, C.O_RDWR), two.do('open', path, C.O_RDWR)];
      one.do(lock, mine, now);
      assert.throws(() => two.do(lock, other, now), { code: 'EAGAIN' });
      const waiting = two.start(wait, other, take).blocked(call, () => one.do('exists', path));
      one.do(lock, mine, give);
      waiting.finish();
      assert.throws(() => one.do(lock, mine, now), { code: 'EAGAIN' });
      two.do('close', other);
      one.do('close', mine);
    });
  }
});

describe('mounts of a VM that does not run', function () {
  this.timeout(120_000);
  let vm: Vm;
  const states = async () => {
    const all = JSON.parse((await vm.succeed(['ls', '--format', 'json'])).stdout) as Mount[];
    return Object.fromEntries(all.filter(({ guest }) => guest === vm.name).map(({ name, state }) => [name, state]));
  };

  before(async function () {
    vm = await (await Vm.orSkip(this)).other('other');
  });

  it('are deferred, said so, made by the next start; what was mounted comes back; umount forgets', async () => {
    const kept = vm.directory('kept');
    await vm.mount(kept, '/kept');
    await vm.run(['sh', '-c', 'echo before > /kept/file']);
    await vm.succeed(['vm', 'stop', vm.name]);
    const said = await vm.succeed(['mount', '--guest', vm.name, `${vm.directory('later')}:/deep/er/later`]);
    assert.match(said.stdout, /later will be at \/deep\/er\/later as soon as other runs/);
    await vm.mount(vm.directory('never'), '/never');
    assert.deepEqual(await states(), { kept: 'deferred', later: 'deferred', never: 'deferred' });
    assert.match((await vm.succeed(['ls'])).stdout, /later .* other .* deferred/);
    await vm.succeed(['umount', 'never']);
    await vm.start();
    assert.deepEqual(await states(), { kept: 'mounted', later: 'mounted' });
    // Besides the superblock itself, which only the agent's user gets to.
    const count = 'grep fuse /proc/mounts | grep -vc /run/osmofs-agent';
    const script = `cat /kept/file; echo late > /deep/er/later/file; ${count}`;
    assert.equal(await vm.run(['sh', '-c', script]), 'before\n2\n');
    assert.equal(readFileSync(`${vm.base}/later/file`, 'utf8'), 'late\n');
  });

  it('are forgotten with the VM', async () => {
    await vm.remove();
    assert.deepEqual(await states(), {});
    const { code, stderr } = await vm.osmofs.run(['mount', '--guest', vm.name, `${vm.base}/kept:/kept`]);
    assert.equal(code, 4);
    assert.match(stderr, /other: no such guest. Start it: osmofs vm start other/);
  });
});
