/** The words a VM is described with; without imports, since every start of the command line reads them. */

export const HYPERVISOR_NAMES = ['qemu', 'vfkit', 'hyperkit'] as const;
export type HypervisorName = (typeof HYPERVISOR_NAMES)[number];
export const ACCELERATORS = ['kvm', 'hvf', 'tcg'] as const;
export type Accelerator = (typeof ACCELERATORS)[number];
/** QEMU's machine types: q35 and microvm are x86-64's, virt is arm64's. */
export const MACHINE_TYPES = ['q35', 'microvm', 'virt'] as const;
export type MachineType = (typeof MACHINE_TYPES)[number];
