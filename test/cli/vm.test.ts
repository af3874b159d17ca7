/** `osmofs vm` with a real daemon and a real runner; a double stands for QEMU, so nothing boots and no agent comes. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { Vm } from '../../host/vm-api.js';
import type { Finding } from '../../vm/doctor/checks.js';
import type { Ran } from '../support/osmofs.js';
import { installFakeQemu } from '../unit/vm/support/world.js';
import { isGone, until, world } from './world.js';

const STOPPED = 'osmofs: VM default: it was stopped before it ran. Start it: osmofs vm start default';

describe('osmofs vm', () => {
  const here = world();
  const directory = () => `${here.osmofs.home}/state/osmofs/vms/default`;
  const list = () => here.json<Vm[]>('vm', 'ls');
  let image: string[] = [];

  /** @param how the double shall fail */
  async function startFails(says: RegExp, how: string): Promise<void> {
    const { code, stderr } = await here.osmofs.run(['vm', 'start', ...image, '--kernel-arg', how]);
    assert.equal(code, 1);
    // Lines of progress come before.
    assert.match(stderr.trimEnd().split('\n').at(-1)!, says);
  }

  /** The daemon finds its hypervisor by its PATH. */
  beforeEach(async () => {
    await here.ok('daemon', 'stop');
    here.osmofs.environment.PATH = `${here.dir}:${process.env.PATH}`;
    installFakeQemu(here.dir);
    for (const name of ['kernel', 'initrd']) writeFileSync(`${here.dir}/${name}`, name);
    image = ['--kernel', `${here.dir}/kernel`, '--initrd', `${here.dir}/initrd`, '--accelerator', 'tcg'];
  });

  it('says why a hypervisor does not start; the VM is there, stopped, and can be removed', async () => {
    await startFails(/does not start: qemu: no room for the guest/, 'fail');
    assert.deepEqual(
      (await list()).map(({ name, state }) => [name, state]),
      [['default', 'stopped']],
    );
    assert.equal(statSync(directory()).mode & 0o777, 0o700);
    for (const name of ['token', 'initrd']) assert.ok(!existsSync(`${directory()}/${name}`), `${name} is a boot's own`);
    await here.ok('vm', 'rm', 'default');
    assert.ok(!existsSync(directory()));
    await here.fails(4, 'VM default: there is none. Make it: osmofs vm start default', 'vm', 'stop');
  });

  it('says what a guest that does not come up printed', async () => {
    await startFails(/it did not boot: .*Kernel panic/, 'panic');
    assert.match(await here.ok('vm', 'logs'), /Kernel panic/);
    assert.match(await here.ok('vm', 'status'), /last run: crashed/);
  });

  it('refuses what makes no sense, and remembers nothing of it', async () => {
    await here.fails(2, '--cpus: must be', 'vm', 'start', '--cpus', '1000');
    await here.fails(1, 'kernel and initrd go together', 'vm', 'start', '--kernel', '/k');
    await here.fails(1, /machine virt: not for/, 'vm', 'start', '--machine', 'virt');
    await here.fails(2, 'not a name for a virtual machine', 'vm', 'start', 'local');
    await here.fails(2, 'not a name for a virtual machine', 'vm', 'rm', '../..');
    assert.deepEqual(await list(), []);
  });

  it('is one thing at a time: a boot goes on, others are told; by force it can be ended', async () => {
    const booting = here.osmofs.run(['vm', 'start', ...image]);
    const state = async () => (await list())[0]?.state;
    while ((await state()) !== 'booting') assert.notEqual(await state(), 'running');
    await here.fails(1, 'VM default: it is starting', 'vm', 'start');
    await here.fails(1, 'VM default: it is starting', 'vm', 'rm', 'default');
    const { pid, runnerPid } = (await list())[0]!.running!;
    await here.ok('vm', 'stop', '--force');
    const { code, stderr } = await booting;
    assert.equal(code, 1);
    assert.match(stderr, /it did not boot: it was asked to/);
    assert.ok(isGone(pid) && isGone(runnerPid));
  });

  describe('while its image is built', () => {
    const waiting = () => `${here.dir}/waiting`;
    let starting: Promise<Ran>;

    /** One of these programs is what the builder waits for: where there is a kernel it is the second. */
    beforeEach(async () => {
      const script = `#!/bin/sh\necho $$ > ${waiting()}.new\nmv ${waiting()}.new ${waiting()}\nexec sleep 1000\n`;
      for (const name of ['apt-cache', 'ldd']) writeFileSync(`${here.dir}/${name}`, script, { mode: 0o755 });
      here.osmofs.environment.XDG_CACHE_HOME = `${here.dir}/cache`;
      starting = here.osmofs.run(['vm', 'start']);
      await until('the builder waits', () => existsSync(waiting()));
    });
    const tool = () => Number(readFileSync(waiting(), 'utf8'));

    it('can be stopped by force, and nothing of it goes on', async () => {
      await here.fails(
        1,
        'it is starting. Try again when that is over, or end that: osmofs vm stop --force',
        'vm',
        'stop',
      );
      await here.ok('vm', 'stop', '--force', '--all');
      const { code, stderr } = await starting;
      assert.deepEqual([code, stderr.trimEnd().split('\n').at(-1)], [1, STOPPED]);
      await until('the tool has ended', () => isGone(tool()));
      assert.deepEqual(
        (await list()).map(({ state }) => state),
        ['stopped'],
      );
      assert.ok(!existsSync(`${directory()}/token`));
    });

    it('goes on when the one who asked is interrupted, who says so', async () => {
      const asking = here.osmofs.processes().find(({ command }) => command.endsWith('osmofs vm start'))!;
      process.kill(asking.pid, 'SIGINT');
      const { code, stderr } = await starting;
      assert.equal(code, 130);
      assert.match(stderr, /default: goes on starting; end that with: osmofs vm stop --force default\n$/);
      assert.deepEqual(
        (await list()).map(({ state }) => state),
        ['starting'],
      );
      await here.ok('vm', 'stop', '--force');
    });

    it('ends with the daemon', async () => {
      await here.ok('daemon', 'stop');
      assert.equal((await starting).code, 1);
      await until('the tool has ended', () => isGone(tool()));
    });
  });

  it('outlives the daemon, and is taken over by the next one', async () => {
    const booting = here.osmofs.run(['vm', 'start', ...image]);
    while ((await list())[0]?.state !== 'booting');
    const { pid } = (await list())[0]!.running!;
    process.kill((await here.status()).daemon.pid, 'SIGKILL');
    assert.equal((await booting).code, 1);
    const [vm] = await list();
    assert.deepEqual([vm?.state, vm?.running?.pid], ['unreachable', pid]);
    await here.ok('vm', 'stop', '--all');
    assert.ok(isGone(pid));
    assert.deepEqual(readdirSync(`${directory()}/run/vsock`), []);
  });

  it('doctor says what is there, in rows for programs as well', async () => {
    const findings = await here.json<Finding[]>('doctor');
    assert.ok(findings.length > 5);
    const hypervisor = findings.find(({ check }) => check === 'hypervisor');
    assert.deepEqual([hypervisor?.verdict, hypervisor?.says], ['ok', `qemu is ${here.dir}/qemu-system-x86_64`]);
  });
});
