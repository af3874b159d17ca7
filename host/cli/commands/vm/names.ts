/** What the commands of `osmofs vm` share. */
import type { Vm } from '../../../vm-api.js';
import { duration, type Table } from '../../output.js';

export const DEFAULT_VM = 'default';

/** The argument that names a VM. */
export const VM_ARGUMENT = ['[vm]', 'name of the VM', DEFAULT_VM] as const;

export function vmTable(vms: readonly Vm[], now = Date.now()): Table {
  return {
    head: ['NAME', 'STATE', 'CPUS', 'MEMORY', 'HYPERVISOR', 'PID', 'UP'],
    rows: vms.map(({ name, state, cpus, memoryMiB, running }) => [
      name,
      state,
      String(cpus),
      `${memoryMiB} MiB`,
      running === null ? '-' : hypervisorText(running),
      running === null ? '-' : String(running.pid),
      running === null ? '-' : duration((now - Date.parse(running.since)) / 1000),
    ]),
  };
}

export function hypervisorText({ hypervisor, accelerator, machine }: NonNullable<Vm['running']>): string {
  return [hypervisor, accelerator, machine].filter((word) => word !== null).join(' ');
}
