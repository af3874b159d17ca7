/** What the commands of `osmofs vm` share. */
import { NAME_HINT, NAME_PATTERN } from '../../../mount-options.js';
import { Problem } from '../../../problem.js';
import type { Vm } from '../../../vm-api.js';
import { duration, type Table } from '../../output.js';

export const DEFAULT_VM = 'default';

/** The argument that names a VM. */
export const VM_ARGUMENT = ['[vm]', 'name of the VM', vmName, DEFAULT_VM] as const;

/** @throws Problem 'usage' */
export function vmName(text: string): string {
  if (NAME_PATTERN.test(text)) return text;
  throw new Problem('usage', text === '' ? 'VM' : text, 'not a name for a virtual machine', NAME_HINT);
}

export function vmTable(vms: readonly Vm[], now = Date.now()): Table {
  return {
    head: ['NAME', 'STATE', 'CPUS', 'MEMORY', 'HYPERVISOR', 'PID', 'UP'],
    rows: vms.map(({ name, state, cpus, memoryMiB, running }) => [
      name,
      state,
      String(cpus ?? 'auto'),
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
