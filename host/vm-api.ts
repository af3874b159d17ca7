/** What travels between the command line and the daemon about VMs; see api.ts. */
import type { VmFlags } from '../vm/config.js';
import type { VmEnd } from '../vm/end.js';

export const VmRoute = {
  /** GET → {@link Vm}[] · DELETE {@link VmRemoval} → {@link Vm} */
  VMS: '/v1/vms',
  /** POST {@link VmStart} → {@link VmStarted}, with progress */
  START: '/v1/vms/start',
  /** POST {@link VmStop} → {@link Vm}[], with progress */
  STOP: '/v1/vms/stop',
} as const;

/**
 * stopped; starting: its image is built or its hypervisor started; booting: it runs, its agent has not said hello yet;
 * running: it has; unreachable: it runs, but its agent is not connected (any more); stopping.
 */
export type VmState = 'stopped' | 'starting' | 'booting' | 'running' | 'unreachable' | 'stopping';

export interface Vm {
  readonly name: string;
  readonly state: VmState;
  /** null: as many as make sense, decided when it starts */
  readonly cpus: number | null;
  readonly memoryMiB: number;
  readonly directory: string;
  readonly consoleLog: string;
  /** null while it is stopped */
  readonly running: {
    readonly hypervisor: string;
    /** QEMU only */
    readonly machine: string | null;
    readonly accelerator: string | null;
    readonly cid: number;
    /** process ids */
    readonly pid: number;
    readonly runnerPid: number;
    /** ISO 8601 */
    readonly since: string;
    /** how often the guest was reset since; as of the daemon's last look */
    readonly resets: number;
    /** bytes, launcher and vsock device; as of then */
    readonly runnerRss: number;
    /** version of the agent; null if it is not connected */
    readonly agent: string | null;
  } | null;
  /** how its last run ended; null if it runs, or nobody was left to say */
  readonly lastEnd: VmEnd | null;
}

export interface VmStart {
  readonly name: string;
  /** remembered for the next start */
  readonly flags: VmFlags;
}

export interface VmStarted {
  readonly vm: Vm;
  /** false: it ran already */
  readonly started: boolean;
  /** from the request to the agent's hello, and of that from the hypervisor's start */
  readonly seconds: { readonly total: number; readonly boot: number };
}

export interface VmStop {
  readonly select: 'all' | { readonly name: string };
  /** at once, without asking the guest */
  readonly force: boolean;
}

export interface VmRemoval {
  readonly name: string;
  /** stops it first */
  readonly force: boolean;
}
