/** Ends that nobody planned: each comes to a defined state in bounded time, nothing hangs, and mounts come back. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { PATIENCE } from '../support/patience.js';
import { eventually } from './support/eventually.js';
import { Vm } from './support/vm.js';

interface Listed {
  name: string;
  state: string;
  lastEnd: { how: string } | null;
}

describe('the unplanned ends of a VM', function () {
  this.timeout(240_000);
  let vm: Vm;
  let host: string;

  before(async function () {
    vm = await Vm.orSkip(this);
    host = vm.directory('kill');
    await vm.mount(host, '/kill');
  });

  const listed = async () => {
    const all = JSON.parse((await vm.succeed(['vm', 'ls', '--format', 'json'])).stdout) as Listed[];
    return all.find(({ name }) => name === vm.name);
  };
  /** Whether a program in the guest sees what the host has just written through the mount. */
  const works = async (content: string) => {
    await vm.run(['sh', '-c', `echo ${content} > /kill/file`], { timeout: PATIENCE });
    return readFileSync(`${host}/file`, 'utf8') === `${content}\n`;
  };
  const processOf = (part: string) => {
    const found = vm.osmofs.processes().find(({ command }) => command.includes(part));
    assert.ok(found, `no process ${part}`);
    return found.pid;
  };

  it('the agent killed: the guest starts it anew, the mount comes back', async () => {
    await vm.run(['sh', '-c', 'kill -9 $(pidof -s node) || kill -9 $(pgrep -f agent.mjs)']).catch(() => undefined);
    await eventually('the mount', () => works('after the agent'));
  });

  it('the daemon stopped for 10 s: calls of the guest wait, and go on', async () => {
    const last = 500;
    const loop = `for i in $(seq 1 ${last}); do echo $i > /kill/tick || exit 1; done`;
    const looping = vm.exec(['sh', '-c', loop]);
    const tick = () => Number(readFileSync(`${host}/tick`, 'utf8'));
    await eventually('the first write', async () => tick() > 0);
    const daemon = processOf('daemon-main');
    process.kill(daemon, 'SIGSTOP');
    let stopped: number;
    try {
      stopped = tick();
      // This time is what is tried, not a wait for anything.
      await new Promise((resolve) => setTimeout(resolve, 10_000));
      assert.equal(tick(), stopped);
    } finally {
      process.kill(daemon, 'SIGCONT');
    }
    assert.equal((await looping).code, 0);
    assert.deepEqual([stopped < last, tick()], [true, last]);
  });

  it('the guest rebooted: it comes back, with its mounts', async () => {
    const before = await vm.run(['cat', '/proc/sys/kernel/random/boot_id']);
    await vm.run(['reboot', '-f']).catch(() => undefined);
    await eventually('another boot', async () => (await vm.run(['cat', '/proc/sys/kernel/random/boot_id'])) !== before);
    await eventually('the mount', () => works('after the reboot'));
  });

  it('the hypervisor killed: the VM has crashed, says so, and starts again with its mounts', async () => {
    process.kill(processOf('qemu-system'), 'SIGKILL');
    await eventually('the crash', async () => (await listed())?.lastEnd?.how === 'crashed');
    assert.equal((await listed())?.state, 'stopped');
    const failed = await vm.exec(['true']);
    assert.notEqual(failed.code, 0);
    await vm.start();
    await eventually('the mount', () => works('after the crash'));
  });

  it('the daemon killed: the VM goes on, and the next daemon has it and its mounts', async () => {
    process.kill(processOf('daemon-main'), 'SIGKILL');
    await vm.succeed(['daemon', 'start']);
    await eventually('the VM', async () => (await listed())?.state === 'running');
    await eventually('the mount', () => works('after the daemon'));
  });
});
