/**
 * HyperKit: the hypervisor of Docker for Mac, Intel only. Options: usage() and getopt of src/hyperkit.c, and what its
 * own Go package (go/hyperkit.go) passes, both of github.com/moby/hyperkit; `documented.ts` holds the list. Not run by
 * us, only checked: this needs a Mac. Its vsock is the convention that all others are brought to.
 */
import { dirname, join } from 'node:path';
import { VmFailure } from '../failure.js';
import { type HyperkitMachine, Socket } from '../machine.js';
import { ArgumentReader, foreign, type Hypervisor, toNumber } from './hypervisor.js';
import { joinPlain, splitPlain, unwritable } from './words.js';

const FLAGS = ['-A', '-u'];
const SLOTS = { hostbridge: '0:0', lpc: '31', entropy: '1:0', vsock: '2' } as const;

export const hyperkit: Hypervisor<HyperkitMachine> = {
  ownVsock: true,
  console: 'tty',
  monitor: 'none',
  programs: () => ['hyperkit', 'com.docker.hyperkit'],
  consoleDevice: () => 'ttyS0',

  toArgv(machine) {
    if (machine.dataDisk !== null) {
      const what = 'HyperKit gives a disk no serial by which the guest could know it';
      throw new VmFailure('bad-config', machine.dataDisk, what, 'Set dataDiskMiB to 0, or use another hypervisor');
    }
    const socket = (name: string) => join(machine.sockets, name);
    return [
      machine.program,
      // ACPI tables, and a clock in UTC
      ...FLAGS,
      ...['-c', String(machine.cpus), '-m', `${machine.memoryMiB}M`],
      ...['-s', `${SLOTS.hostbridge},hostbridge`, '-s', `${SLOTS.lpc},lpc`, '-s', `${SLOTS.entropy},virtio-rnd`],
      ...[
        '-s',
        joinPlain(SLOTS.vsock, [
          ['virtio-sock', true],
          ['guest_cid', machine.cid],
          ['path', socket(Socket.VSOCK)],
        ]),
      ],
      ...[
        '-l',
        joinPlain('com1', [
          ['autopty', socket(Socket.TTY)],
          ['log', socket(Socket.CONSOLE_RING)],
        ]),
      ],
      ...['-f', firmware(machine)],
    ];
  },

  fromArgv(argv) {
    const reader = new ArgumentReader(argv, FLAGS);
    for (const flag of FLAGS) reader.one(flag);
    const vsock = reader
      .all('-s')
      .map(splitPlain)
      .find(({ pairs }) => pairs.has('virtio-sock'));
    // Only two commas separate: what follows the third word is the kernel's, commas and all.
    const [kind, kernel, initrd, ...rest] = reader.one('-f').split(',');
    const path = vsock?.pairs.get('path');
    if (kind !== 'kexec' || kernel === undefined || initrd === undefined) throw foreign('-f');
    if (typeof path !== 'string') throw foreign('-s');
    const found: HyperkitMachine = {
      hypervisor: 'hyperkit',
      program: reader.program,
      cpus: reader.number('-c'),
      memoryMiB: reader.number('-m'),
      kernel,
      initrd,
      commandLine: rest.join(','),
      sockets: dirname(path),
      cid: toNumber(String(vsock?.pairs.get('guest_cid'))),
      dataDisk: null,
    };
    reader.all('-l');
    reader.end();
    if (JSON.stringify(this.toArgv(found)) !== JSON.stringify(argv)) throw foreign(argv.join(' '));
    return found;
  },
};

function firmware({ kernel, initrd, commandLine }: HyperkitMachine): string {
  for (const path of [kernel, initrd]) if (path.includes(',')) throw unwritable(path);
  return `kexec,${kernel},${initrd},${commandLine}`;
}
