import assert from 'node:assert/strict';
import { mergeVmConfig, type VmFlags } from '../../../vm/config.js';
import { VmFailure } from '../../../vm/failure.js';
import type { QemuMachine } from '../../../vm/machine.js';
import { checkPlan, commandLine, type Facts, planMachine } from '../../../vm/plan.js';

const linux: Facts = {
  platform: 'linux',
  architecture: 'x86_64',
  find: (program) => (program.startsWith('qemu-system-') ? `/usr/bin/${program}` : undefined),
  processors: 8,
  kvm: undefined,
};
const noKvm: Facts = { ...linux, kvm: 'there is no /dev/kvm' };
const mac: Facts = {
  platform: 'darwin',
  architecture: 'aarch64',
  find: (program) => `/opt/${program}`,
  processors: 8,
  kvm: 'no',
};

function plan(flags: VmFlags, facts: Facts) {
  return planMachine({
    name: 'default',
    config: mergeVmConfig('test', flags),
    facts,
    kernel: '/k',
    initrd: '/i',
    kernelArguments: ['console=ttyS0', 'quiet'],
    sockets: '/s',
    dataDisk: '/d',
    cid: 3,
    ports: [28531],
  });
}

describe('vm/plan: what auto means', () => {
  const table: readonly [what: string, flags: VmFlags, facts: Facts, is: object][] = [
    ['Linux with KVM', {}, linux, { hypervisor: 'qemu', accelerator: 'kvm', machine: 'q35', memoryBackend: 'memfd' }],
    ['Linux without', {}, noKvm, { accelerator: 'tcg', commandLine: 'console=ttyS0 quiet' }],
    ['processors', {}, { ...linux, processors: 1 }, { cpus: 2 }],
    ['emulated processors: one is left for everybody else', {}, { ...noKvm, processors: 2 }, { cpus: 1 }],
    ['emulated processors, many', {}, noKvm, { cpus: 2 }],
    ['emulated processors, few', {}, { ...noKvm, processors: 1 }, { cpus: 1 }],
    ['emulated processors, as many as are wanted', { cpus: 4 }, { ...noKvm, processors: 2 }, { cpus: 4 }],
    ['tcg although KVM is there', { accelerator: 'tcg' }, linux, { accelerator: 'tcg' }],
    ['arm64', {}, { ...linux, architecture: 'aarch64' }, { machine: 'virt', commandLine: 'console=ttyAMA0 quiet' }],
    ['microvm', { machine: 'microvm' }, linux, { commandLine: 'reboot=t console=ttyS0 quiet' }],
    [
      'a Mac',
      {},
      mac,
      { hypervisor: 'vfkit', program: '/opt/vfkit', commandLine: 'console=hvc0 quiet', ports: [28531] },
    ],
    ['QEMU on a Mac', { hypervisor: 'qemu' }, mac, { accelerator: 'hvf', memoryBackend: 'shm', machine: 'virt' }],
    [
      'an Intel Mac with HyperKit only',
      {},
      { ...mac, architecture: 'x86_64', find: (program) => (program === 'hyperkit' ? '/h' : undefined) },
      { hypervisor: 'hyperkit', program: '/h', cid: 3 },
    ],
    ['no data disk', {}, linux, { dataDisk: null }],
    ['a data disk', { dataDiskMiB: 100 }, linux, { dataDisk: '/d' }],
    [
      'arguments of the user’s come last',
      { kernelArguments: ['loglevel=7'] },
      linux,
      { commandLine: 'console=ttyS0 quiet loglevel=7' },
    ],
  ];
  for (const [what, flags, facts, is] of table) {
    it(what, () => {
      const machine = plan(flags, facts) as QemuMachine;
      for (const [key, value] of Object.entries(is)) assert.deepEqual(machine[key as keyof QemuMachine], value, key);
    });
  }

  it('names the console even if the image does not', () => {
    assert.equal(commandLine(['quiet'], 'hvc0', []), 'console=hvc0 quiet');
  });
});

describe('vm/plan: what cannot be', () => {
  const refused: readonly [what: string, flags: VmFlags, facts: Facts, says: RegExp][] = [
    ['no hypervisor', {}, { ...linux, find: () => undefined }, /none is installed \(looked for qemu-system-x86_64\)/],
    ['KVM where there is none', { accelerator: 'kvm' }, noKvm, /there is no \/dev\/kvm/],
    ['hvf on Linux', { accelerator: 'hvf' }, linux, /macOS/],
    ['virt on x86-64', { machine: 'virt' }, linux, /not for x86_64/],
    ['q35 on arm64', { machine: 'q35' }, { ...linux, architecture: 'aarch64' }, /not for aarch64/],
    ['an accelerator for vfkit', { accelerator: 'tcg' }, mac, /no meaning for vfkit/],
    ['HyperKit on arm64', { hypervisor: 'hyperkit' }, mac, /none is installed/],
  ];
  for (const [what, flags, facts, says] of refused) {
    it(`${what} is refused before anything is built`, () => {
      const config = mergeVmConfig('test', flags);
      assert.throws(
        () => checkPlan('default', config, facts),
        (error) => error instanceof VmFailure && says.test(error.message) && error.hint !== '',
      );
    });
  }
});
