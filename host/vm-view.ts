/** VMs as the command line sees them. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { mergeVmConfig, readVmConfig, VM_DEFAULTS, type VmConfig } from '../vm/config.js';
import { readEnd } from '../vm/end.js';
import { VmFailure } from '../vm/failure.js';
import type { VmFiles } from '../vm/files.js';
import { NAME_PATTERN } from './mount-options.js';
import { systemCode } from './problem.js';
import type { RunningVm } from './running-vm.js';
import type { Vm, VmState } from './vm-api.js';
import { asProblem } from './vm-problem.js';

/** Names of the VMs in this directory, sorted: those that have a configuration. */
export function vmNames(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && NAME_PATTERN.test(entry.name))
      .filter(({ name }) => existsSync(join(directory, name, 'config.json')))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw asProblem(error);
  }
}

export function stoppedView(files: VmFiles, state: VmState): Vm {
  return {
    ...common(files, state, configured(files)),
    running: null,
    lastEnd: readEnd(files.end) ?? null,
  };
}

/** @param agent version of the agent, null if it is not connected */
export async function runningView(files: VmFiles, state: VmState, vm: RunningVm, agent: string | null): Promise<Vm> {
  const { machine } = vm.launch;
  const status = await vm.status();
  const qemu = machine.hypervisor === 'qemu' ? machine : undefined;
  return {
    ...common(files, state, machine),
    running: {
      hypervisor: machine.hypervisor,
      machine: qemu?.machine ?? null,
      accelerator: qemu?.accelerator ?? null,
      cid: status.cid,
      pid: status.hypervisor,
      runnerPid: status.runner,
      since: status.since,
      resets: status.resets,
      runnerRss: status.rss,
      agent,
    },
    lastEnd: null,
  };
}

function common(files: VmFiles, state: VmState, { cpus, memoryMiB }: Pick<VmConfig, 'cpus' | 'memoryMiB'>) {
  const { directory, consoleLog } = files;
  return { name: basename(directory), state, cpus, memoryMiB, directory, consoleLog };
}

/** A file that somebody has spoilt is no reason not to list it; starting it says what is wrong. */
function configured(files: VmFiles): VmConfig {
  try {
    return mergeVmConfig(files.config, readVmConfig(files.config));
  } catch (error) {
    if (error instanceof VmFailure) return VM_DEFAULTS;
    throw error;
  }
}
