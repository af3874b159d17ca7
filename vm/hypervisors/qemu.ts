/**
 * QEMU, 5.2 and newer (`vhost-user-vsock` came with 5.1, `-machine memory-backend=` with 5.0), with the accelerators
 * kvm (Linux), hvf (macOS) and tcg (anywhere, slow). Options: qemu(1), "Invocation"; the device: QEMU's
 * docs/system/devices/vhost-user.rst, which wants guest memory shared.
 */
import { basename, dirname, join } from 'node:path';
import { ACCELERATORS, MACHINE_TYPES } from '../choices.js';
import { ARCHITECTURES, DATA_DISK_SERIAL, type QemuMachine, Socket } from '../machine.js';
import { ArgumentReader, foreign, type Hypervisor, toNumber } from './hypervisor.js';
import { joinEscaped, splitEscaped } from './words.js';

const PROGRAM = 'qemu-system-';
/** microvm has virtio-mmio transports and no PCI; vsock wants virtio 1 of them (QEMU's docs/system/i386/microvm.rst). */
const MODERN_MMIO = 'virtio-mmio.force-legacy=false';
const BUS = { q35: 'pci', virt: 'pci', microvm: 'device' } as const;
const FLAGS = ['-no-user-config', '-nodefaults'];

export const qemu: Hypervisor<QemuMachine> = {
  ownVsock: false,
  console: 'stdio',
  monitor: 'qmp',
  programs: (architecture) => [`${PROGRAM}${architecture}`],
  consoleDevice: (architecture) => (architecture === 'aarch64' ? 'ttyAMA0' : 'ttyS0'),

  toArgv(machine) {
    const bus = BUS[machine.machine];
    const socket = (name: string) => join(machine.sockets, name);
    return [
      machine.program,
      // Nothing that is not written here: no configuration of the user's, no network, display, floppy.
      ...FLAGS,
      ...['-name', joinEscaped(`guest=${machine.name}`, [])],
      ...['-machine', joinEscaped(machine.machine, [['memory-backend', 'mem']])],
      ...(bus === 'pci' ? [] : ['-global', MODERN_MMIO]),
      ...['-accel', machine.accelerator === 'tcg' ? 'tcg,thread=multi' : machine.accelerator],
      // All that the accelerator can do; the same word serves all three.
      ...['-cpu', 'max'],
      ...['-smp', String(machine.cpus)],
      ...['-m', `${machine.memoryMiB}M`],
      ...[
        '-object',
        joinEscaped(`memory-backend-${machine.memoryBackend}`, [
          ['id', 'mem'],
          ['size', `${machine.memoryMiB}M`],
          ['share', 'on'],
        ]),
      ],
      ...['-kernel', machine.kernel, '-initrd', machine.initrd, '-append', machine.commandLine],
      ...['-display', 'none'],
      ...['-chardev', 'stdio,id=console,signal=off', '-serial', 'chardev:console'],
      ...[
        '-chardev',
        joinEscaped('socket', [
          ['id', 'monitor'],
          ['path', socket(Socket.MONITOR)],
          ['server', 'on'],
          ['wait', 'off'],
        ]),
      ],
      ...['-mon', 'chardev=monitor,mode=control'],
      ...[
        '-chardev',
        joinEscaped('socket', [
          ['id', 'vsock'],
          ['path', socket(Socket.DEVICE)],
        ]),
      ],
      ...['-device', `vhost-user-vsock-${bus},chardev=vsock`],
      ...['-device', `virtio-rng-${bus}`],
      ...(machine.dataDisk === null
        ? []
        : [
            '-drive',
            joinEscaped(`file=${machine.dataDisk}`, [
              ['if', 'none'],
              ['id', 'data'],
              ['format', 'raw'],
              ['discard', 'unmap'],
            ]),
            '-device',
            `virtio-blk-${bus},drive=data,serial=${DATA_DISK_SERIAL}`,
          ]),
    ];
  },

  fromArgv(argv) {
    const reader = new ArgumentReader(argv, FLAGS);
    for (const flag of FLAGS) reader.one(flag);
    for (const [option, word] of [
      ['-cpu', 'max'],
      ['-display', 'none'],
      ['-serial', 'chardev:console'],
      ['-mon', 'chardev=monitor,mode=control'],
    ] as const)
      if (reader.one(option) !== word) throw foreign(option);
    const machine = splitEscaped(reader.one('-machine')).first;
    const memory = splitEscaped(reader.one('-object'));
    const drive = reader.all('-drive').map((text) => splitEscaped(text).first)[0];
    const found: QemuMachine = {
      hypervisor: 'qemu',
      program: reader.program,
      name: splitEscaped(reader.one('-name')).first.replace(/^guest=/, ''),
      architecture: known(ARCHITECTURES, basename(reader.program).replace(PROGRAM, '')),
      machine: known(MACHINE_TYPES, machine),
      accelerator: known(ACCELERATORS, splitEscaped(reader.one('-accel')).first),
      memoryBackend: known(['memfd', 'shm'] as const, memory.first.replace('memory-backend-', '')),
      cpus: toNumber(reader.one('-smp')),
      memoryMiB: reader.number('-m'),
      kernel: reader.one('-kernel'),
      initrd: reader.one('-initrd'),
      commandLine: reader.one('-append'),
      sockets: monitorDirectory(reader.all('-chardev')),
      dataDisk: drive === undefined ? null : drive.replace(/^file=/, ''),
    };
    // The devices follow from the rest: a vector is ours exactly if it is the one we would write.
    for (const option of ['-device', '-global']) reader.all(option);
    reader.end();
    if (JSON.stringify(this.toArgv(found)) !== JSON.stringify(argv)) throw foreign(argv.join(' '));
    return found;
  },
};

function monitorDirectory(chardevs: readonly string[]): string {
  const monitor = chardevs.map(splitEscaped).find(({ pairs }) => pairs.get('id') === 'monitor');
  const path = monitor?.pairs.get('path');
  if (typeof path !== 'string') throw foreign('-chardev');
  return dirname(path);
}

function known<T extends string>(all: readonly T[], word: string): T {
  const found = all.find((each) => each === word);
  if (found === undefined) throw foreign(word);
  return found;
}
