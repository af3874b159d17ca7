/**
 * A VM as a hypervisor is told of it: nothing is 'auto' any more, every path is absolute. Each hypervisor's module
 * turns its kind into an argument vector and back.
 */
import type { Accelerator, MachineType } from './choices.js';
import { addressName } from './vsock/name.js';
import { HOST_CID } from './vsock/packet.js';

export { HOST_CID };

export const ARCHITECTURES = ['x86_64', 'aarch64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

interface CommonMachine {
  /** the hypervisor's executable */
  readonly program: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly kernel: string;
  readonly initrd: string;
  /** the kernel's */
  readonly commandLine: string;
  /** directory of this VM's sockets, {@link Socket} */
  readonly sockets: string;
  /** raw file; the guest knows it by its serial {@link DATA_DISK_SERIAL} */
  readonly dataDisk: string | null;
}

export interface QemuMachine extends CommonMachine {
  readonly hypervisor: 'qemu';
  readonly name: string;
  readonly architecture: Architecture;
  readonly machine: MachineType;
  readonly accelerator: Accelerator;
  /**
   * Where guest memory lives so that the vsock device can map it: memfd_create(2) on Linux, shm_open(3) elsewhere
   * (memory-backend-shm, QEMU 9.1).
   */
  readonly memoryBackend: 'memfd' | 'shm';
}

export interface VfkitMachine extends CommonMachine {
  readonly hypervisor: 'vfkit';
  /** host ports that the guest may connect to */
  readonly ports: readonly number[];
}

export interface HyperkitMachine extends CommonMachine {
  readonly hypervisor: 'hyperkit';
  readonly cid: number;
}

export type Machine = QemuMachine | VfkitMachine | HyperkitMachine;

/** Serial of the data disk (virtio-blk: 20 bytes at most). */
export const DATA_DISK_SERIAL = 'osmofs-data';

/** Names in a VM's socket directory. */
export const Socket = {
  /** the runner's: runner-control.ts */
  CONTROL: 'control.sock',
  /** the hypervisor's: QMP of QEMU, REST of vfkit */
  MONITOR: 'monitor.sock',
  /** vhost-user, between QEMU and our vsock device */
  DEVICE: 'device.sock',
  /** a directory: HyperKit's convention, see {@link vsockPort} */
  VSOCK: 'vsock',
  /** HyperKit: a link to the pty that is the console, and a ring of what was printed there */
  TTY: 'tty',
  CONSOLE_RING: 'console-ring',
} as const;

/** Path below the socket directory on which the host listens for a guest's connections to this port. */
export function vsockPort(port: number, cid = HOST_CID): string {
  return `${Socket.VSOCK}/${addressName(cid, port)}`;
}

/** The longest path below the socket directory, for who has to fit it into sun_path. */
export const LONGEST_SOCKET = vsockPort(0);
