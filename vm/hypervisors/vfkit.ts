/**
 * vfkit: Apple's Virtualization.framework as a command. Options: doc/usage.md of github.com/crc-org/vfkit, of which
 * `documented.ts` holds the list. Not run by us, only checked: this needs a Mac.
 *
 * Its vsock is one unix socket per port. `listen` (host side) connects each connection of a guest to the socket that
 * the daemon listens on, so with the path of HyperKit's convention it is that convention, for the ports named here.
 */
import { dirname, join } from 'node:path';
import { DATA_DISK_SERIAL, HOST_CID, Socket, type VfkitMachine, vsockPort } from '../machine.js';
import { ArgumentReader, foreign, type Hypervisor, toNumber } from './hypervisor.js';
import { joinPlain, splitPlain, unwritable, type Words } from './words.js';

const URI = 'unix://';

export const vfkit: Hypervisor<VfkitMachine> = {
  ownVsock: true,
  console: 'stdio',
  monitor: 'rest',
  programs: () => ['vfkit'],
  consoleDevice: () => 'hvc0',

  toArgv(machine) {
    const device = (name: string, ...pairs: Parameters<typeof joinPlain>[1]) => ['--device', joinPlain(name, pairs)];
    return [
      machine.program,
      ...['--cpus', String(machine.cpus), '--memory', String(machine.memoryMiB)],
      ...['--bootloader', bootloader(machine)],
      ...device('virtio-serial', ['stdio', true]),
      ...device('virtio-rng'),
      ...machine.ports.flatMap((port) =>
        device(
          'virtio-vsock',
          ['port', port],
          ['socketURL', join(machine.sockets, vsockPort(port, HOST_CID))],
          ['listen', true],
        ),
      ),
      ...(machine.dataDisk === null
        ? []
        : device('virtio-blk', ['path', machine.dataDisk], ['deviceId', DATA_DISK_SERIAL])),
      ...['--restful-uri', `${URI}${join(machine.sockets, Socket.MONITOR)}`],
    ];
  },

  fromArgv(argv) {
    const reader = new ArgumentReader(argv, []);
    const boot = splitPlain(reader.one('--bootloader'));
    const devices = reader.all('--device').map(splitPlain);
    const disk = devices.find(({ first }) => first === 'virtio-blk');
    const found: VfkitMachine = {
      hypervisor: 'vfkit',
      program: reader.program,
      cpus: reader.number('--cpus'),
      memoryMiB: reader.number('--memory'),
      kernel: value(boot, 'kernel'),
      initrd: value(boot, 'initrd'),
      commandLine: value(boot, 'cmdline').replace(/^"(.*)"$/, '$1'),
      sockets: dirname(reader.one('--restful-uri').replace(URI, '')),
      ports: devices.filter(({ first }) => first === 'virtio-vsock').map((each) => toNumber(value(each, 'port'))),
      dataDisk: disk === undefined ? null : value(disk, 'path'),
    };
    reader.end();
    if (JSON.stringify(this.toArgv(found)) !== JSON.stringify(argv)) throw foreign(argv.join(' '));
    return found;
  },
};

/** "The kernel command line must be enclosed in `\"`": the quotes reach vfkit, there is no shell between us. */
function bootloader({ kernel, initrd, commandLine }: VfkitMachine): string {
  if (/["\\]/.test(commandLine)) throw unwritable(commandLine);
  return joinPlain('linux', [
    ['kernel', kernel],
    ['initrd', initrd],
    ['cmdline', `"${commandLine}"`],
  ]);
}

function value({ pairs }: Words, key: string): string {
  const found = pairs.get(key);
  if (typeof found !== 'string') throw foreign(key);
  return found;
}
