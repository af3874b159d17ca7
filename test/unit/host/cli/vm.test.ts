import assert from 'node:assert/strict';
import { parseMiB } from '../../../../host/cli/commands/vm/size.js';
import type { Vm } from '../../../../host/vm-api.js';
import { answering, type FakeDaemon, osmofs } from './fake-context.js';

const stopped: Vm = {
  name: 'default',
  state: 'stopped',
  cpus: 2,
  memoryMiB: 1024,
  directory: '/s/vms/default',
  consoleLog: '/s/vms/default/console.log',
  running: null,
  lastEnd: { how: 'crashed', why: 'the hypervisor ended, by SIGKILL', at: '2026-01-01T00:00:00Z', lastLines: ['oops'] },
};
const running: Vm = {
  ...stopped,
  name: 'build',
  state: 'running',
  running: {
    hypervisor: 'qemu',
    machine: 'q35',
    accelerator: 'tcg',
    cid: 3,
    pid: 41,
    runnerPid: 40,
    since: new Date().toISOString(),
    resets: 1,
    runnerRss: 1 << 20,
    agent: '0.1.0',
  },
  lastEnd: null,
};

describe('host/cli: osmofs vm', () => {
  it('asks for what the flags say, and nothing else', async () => {
    const seen: unknown[] = [];
    const answer = { vm: running, started: true, seconds: { total: 9, boot: 7.25 } };
    const argv = [
      'vm',
      'start',
      'build',
      '--cpus',
      '4',
      '--memory',
      '2G',
      '--kernel-arg',
      'a=b',
      '--accelerator',
      'tcg',
    ];
    const { code, stdout } = await osmofs([...argv, '--kernel-arg', 'c', '--kernel', 'k'], answering(answer, seen));
    assert.deepEqual([code, stdout], [0, 'build: runs, ready after 7.3 s\n']);
    assert.deepEqual(seen.at(-1), [
      'POST',
      '/v1/vms/start',
      {
        name: 'build',
        flags: { cpus: 4, memoryMiB: 2048, kernelArguments: ['a=b', 'c'], accelerator: 'tcg', kernel: '/work/k' },
      },
    ]);
    await osmofs(['vm', 'start'], answering(answer, seen));
    assert.deepEqual(seen.at(-1), ['POST', '/v1/vms/start', { name: 'default', flags: {} }]);
  });

  it('takes one kernel argument at a time, and none for an empty one', async () => {
    const seen: unknown[] = [];
    const answer = { vm: running, started: true, seconds: { total: 9, boot: 7.25 } };
    await osmofs(['vm', 'start', '--kernel-arg', 'quiet', 'build'], answering(answer, seen));
    assert.deepEqual(seen.at(-1), ['POST', '/v1/vms/start', { name: 'build', flags: { kernelArguments: ['quiet'] } }]);
    await osmofs(['vm', 'start', '--kernel-arg', ''], answering(answer, seen));
    assert.deepEqual(seen.at(-1), ['POST', '/v1/vms/start', { name: 'default', flags: { kernelArguments: [] } }]);
  });

  const refused: readonly [argv: string[], says: string][] = [
    [['start', '--cpus', '0'], '--cpus: must be a whole number of 1 to 64.'],
    [['start', '--cpus', '1000'], '--cpus: must be a whole number of 1 to 64.'],
    [['start', '--memory', '16M'], '--memory: must be a whole number of 128 to 1048576 MiB.'],
    [['start', '--kernel-arg', 'a b'], '--kernel-arg: must be printable ASCII without a space.'],
    ...['a b', '../x', 'ä', '-x', 'x'.repeat(64)].flatMap((name) =>
      [['start'], ['stop'], ['rm'], ['status'], ['logs'], ['console']].map((words): [string[], string] => [
        [...words, '--', name],
        `${name}: not a name for a virtual machine. Use up to 63 letters`,
      ]),
    ),
    [['exec', 'a b', '--', 'ls'], 'a b: not a name for a virtual machine'],
    [['start', ''], 'VM: not a name for a virtual machine'],
  ];
  for (const [argv, says] of refused) {
    it(`refuses ${JSON.stringify(argv).slice(0, 60)} as wrong usage, without asking the daemon`, async () => {
      const { code, stderr } = await osmofs(['vm', ...argv]);
      assert.equal(code, 2, stderr);
      assert.ok(stderr.startsWith(`osmofs: ${says}`), stderr);
    });
  }

  it('refuses a mount in a guest that cannot be', async () => {
    const { code, stderr } = await osmofs(['mount', '--guest', 'a b', '/a:/b']);
    assert.deepEqual([code, stderr.split(':')[1]], [2, ' a b']);
  });

  it('stops one or all', async () => {
    const seen: unknown[] = [];
    assert.equal((await osmofs(['vm', 'stop'], answering([stopped], seen))).stdout, 'default: stopped\n');
    assert.deepEqual(seen.at(-1), ['POST', '/v1/vms/stop', { select: { name: 'default' }, force: false }]);
    await osmofs(['vm', 'stop', '--all', '--force'], answering([], seen));
    assert.deepEqual(seen.at(-1), ['POST', '/v1/vms/stop', { select: 'all', force: true }]);
  });

  it('lists them as a table and as JSON', async () => {
    const { stdout } = await osmofs(['vm', 'ls'], answering([running, stopped]));
    const [head, first, second] = stdout.split('\n');
    assert.match(head!, /^NAME +STATE +CPUS +MEMORY +HYPERVISOR +PID +UP$/);
    assert.match(first!, /^build +running +2 +1024 MiB +qemu tcg q35 +41 +[0-9]+s$/);
    assert.match(second!, /^default +stopped +2 +1024 MiB +- +- +-$/);
    assert.deepEqual(JSON.parse((await osmofs(['vm', 'ls', '--format', 'json'], answering([running]))).stdout), [
      running,
    ]);
  });

  it('shows one, and how its last run ended', async () => {
    const daemon: FakeDaemon = answering([running, stopped]);
    assert.match((await osmofs(['vm', 'status'], daemon)).stdout, /last run: crashed at .*by SIGKILL\n {2}oops\n$/);
    assert.match((await osmofs(['vm', 'status', 'build'], daemon)).stdout, /pid 41, up [0-9]+s, reset 1 times/);
    const { code, stderr } = await osmofs(['vm', 'status', 'other'], daemon);
    assert.deepEqual([code, stderr], [4, 'osmofs: VM other: there is none. Make it: osmofs vm start other\n']);
  });

  it('lists none without a daemon, and starts none for that', async () => {
    assert.equal((await osmofs(['vm', 'ls', '--format', 'json'])).stdout, '[]\n');
  });

  it('reads sizes', () => {
    const sizes = ['512', '512M', '2G', '2GiB', '1t', '0'].map((text) => parseMiB(text, '--memory'));
    assert.deepEqual(sizes, [512, 512, 2048, 2048, 1024 * 1024, 0]);
    for (const text of ['', 'G', '1.5G', '-1', '1K', '12345678901'])
      assert.throws(() => parseMiB(text, '--memory'), /not a size/);
  });
});
