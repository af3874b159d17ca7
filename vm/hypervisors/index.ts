/** The hypervisors, one row each. */
import type { HypervisorName } from '../choices.js';
import type { Machine } from '../machine.js';
import { hyperkit } from './hyperkit.js';
import type { Hypervisor } from './hypervisor.js';
import { qemu } from './qemu.js';
import { vfkit } from './vfkit.js';

export const HYPERVISORS = { qemu, vfkit, hyperkit } as const satisfies Record<HypervisorName, unknown>;

/** The row of a machine, as one that takes any machine: the kinds have been matched here. */
export function hypervisorOf(machine: Machine): Hypervisor {
  return HYPERVISORS[machine.hypervisor] as unknown as Hypervisor;
}

export function toArgv(machine: Machine): string[] {
  return hypervisorOf(machine).toArgv(machine);
}
