import assert from 'node:assert/strict';
import { VmFailure } from '../../../../vm/failure.js';
import { HYPERVISORS, hypervisorOf, toArgv } from '../../../../vm/hypervisors/index.js';
import type { HyperkitMachine, Machine, QemuMachine, VfkitMachine } from '../../../../vm/machine.js';

const common = {
  cpus: 2,
  memoryMiB: 1024,
  kernel: '/boot/vmlinuz',
  initrd: '/s/vms/default/initrd',
  commandLine: 'console=ttyS0 quiet',
  sockets: '/s/vms/default/run',
  dataDisk: null,
};
const qemu: QemuMachine = {
  hypervisor: 'qemu',
  program: '/usr/bin/qemu-system-x86_64',
  name: 'default',
  architecture: 'x86_64',
  machine: 'q35',
  accelerator: 'kvm',
  memoryBackend: 'memfd',
  ...common,
};
const vfkit: VfkitMachine = { hypervisor: 'vfkit', program: '/opt/homebrew/bin/vfkit', ports: [28531], ...common };
const hyperkit: HyperkitMachine = { hypervisor: 'hyperkit', program: '/usr/local/bin/hyperkit', cid: 3, ...common };

const arm: Partial<QemuMachine> = { architecture: 'aarch64', machine: 'virt', program: '/q/qemu-system-aarch64' };

/** what it is → the machine, and words that its vector must hold side by side */
const TABLE: readonly [what: string, machine: Machine, holds: readonly string[]][] = [
  ['QEMU, kvm, q35', qemu, ['-machine', 'q35,memory-backend=mem', '-accel', 'kvm', '-cpu', 'max']],
  ['QEMU, tcg', { ...qemu, accelerator: 'tcg' }, ['-accel', 'tcg,thread=multi']],
  ['QEMU, microvm', { ...qemu, machine: 'microvm' }, ['-device', 'vhost-user-vsock-device,chardev=vsock']],
  ['QEMU, arm64 on a Mac', { ...qemu, ...arm, accelerator: 'hvf', memoryBackend: 'shm' }, ['-accel', 'hvf']],
  [
    'QEMU, memory that the device can map',
    { ...qemu, memoryMiB: 4096 },
    ['-object', 'memory-backend-memfd,id=mem,size=4096M,share=on'],
  ],
  [
    'QEMU, a data disk',
    { ...qemu, dataDisk: '/s/data.img' },
    ['-device', 'virtio-blk-pci,drive=data,serial=osmofs-data'],
  ],
  [
    'QEMU, commas in paths',
    { ...qemu, sockets: '/a,b/run', dataDisk: '/a,,b/data.img', kernel: '/a,b/k' },
    ['-chardev', 'socket,id=vsock,path=/a,,b/run/device.sock'],
  ],
  ['QEMU, kernel arguments', { ...qemu, commandLine: 'console=ttyS0,115200 a=b,c' }, ['console=ttyS0,115200 a=b,c']],
  ['vfkit', vfkit, ['--device', 'virtio-vsock,port=28531,socketURL=/s/vms/default/run/vsock/00000002.00006f73,listen']],
  ['vfkit, several ports', { ...vfkit, ports: [1, 2, 3] }, ['--cpus', '2', '--memory', '1024']],
  [
    'vfkit, a data disk',
    { ...vfkit, dataDisk: '/s/data.img' },
    ['--device', 'virtio-blk,path=/s/data.img,deviceId=osmofs-data'],
  ],
  [
    'vfkit, the kernel’s arguments in the quotes it wants',
    vfkit,
    ['--bootloader', 'linux,kernel=/boot/vmlinuz,initrd=/s/vms/default/initrd,cmdline="console=ttyS0 quiet"'],
  ],
  ['HyperKit', hyperkit, ['-s', '2,virtio-sock,guest_cid=3,path=/s/vms/default/run/vsock']],
  [
    'HyperKit, commas among the kernel’s arguments',
    { ...hyperkit, commandLine: 'console=ttyS0,115200 quiet' },
    ['-f', 'kexec,/boot/vmlinuz,/s/vms/default/initrd,console=ttyS0,115200 quiet'],
  ],
];

describe('vm/hypervisors: from a machine to an argument vector and back', () => {
  for (const [what, machine, holds] of TABLE) {
    it(what, () => {
      const argv = toArgv(machine);
      assert.equal(argv[0], machine.program);
      assert.ok(`\n${argv.join('\n')}\n`.includes(`\n${holds.join('\n')}\n`), argv.join(' '));
      assert.deepEqual(hypervisorOf(machine).fromArgv(argv), machine);
    });
  }

  it('two machines that differ have vectors that differ', () => {
    const vectors = TABLE.map(([, machine]) => toArgv(machine).join('\n'));
    const machines = TABLE.map(([, machine]) => JSON.stringify(machine));
    assert.equal(new Set(vectors).size, new Set(machines).size);
  });
});

describe('vm/hypervisors: what cannot be said', () => {
  const refused: readonly [what: string, machine: Machine, says: RegExp][] = [
    ['vfkit: a comma in a path', { ...vfkit, kernel: '/a,b' }, /comma/],
    ['vfkit: a comma among the kernel’s arguments', { ...vfkit, commandLine: 'console=hvc0,1' }, /comma/],
    ['HyperKit: a comma in a path', { ...hyperkit, initrd: '/a,b' }, /comma/],
    ['HyperKit: a data disk', { ...hyperkit, dataDisk: '/d' }, /serial/],
  ];
  for (const [what, machine, says] of refused) {
    it(what, () => {
      assert.throws(
        () => toArgv(machine),
        (error) => error instanceof VmFailure && says.test(error.message),
      );
    });
  }

  const foreign: readonly [what: string, kind: keyof typeof HYPERVISORS, change: (argv: string[]) => string[]][] = [
    ['one more option', 'qemu', (argv) => [...argv, '-snapshot', 'x']],
    ['another device', 'qemu', (argv) => [...argv, '-device', 'e1000']],
    ['an option without its value', 'qemu', (argv) => argv.slice(0, -1)],
    ['another machine type', 'qemu', (argv) => argv.map((word) => word.replace('q35', 'isapc'))],
    ['no monitor', 'qemu', (argv) => argv.map((word) => word.replace('id=monitor', 'id=other'))],
    ['no bootloader', 'vfkit', (argv) => argv.filter((word) => !/bootloader|linux,/.test(word))],
    ['another device', 'vfkit', (argv) => [...argv, '--device', 'virtio-gpu']],
    ['other firmware', 'hyperkit', (argv) => argv.map((word) => word.replace('kexec', 'fbsd'))],
    ['no vsock', 'hyperkit', (argv) => argv.map((word) => word.replace('virtio-sock', 'virtio-9p'))],
  ];
  const machines = { qemu, vfkit, hyperkit };
  for (const [what, kind, change] of foreign) {
    it(`${kind}: a vector with ${what} is not taken for ours`, () => {
      const argv = change(toArgv(machines[kind]));
      assert.throws(() => HYPERVISORS[kind].fromArgv(argv), VmFailure);
    });
  }
});
