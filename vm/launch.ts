/** launch.json: one start of a VM, written by the daemon for the runner, which believes nothing else. */
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import * as v from 'valibot';
import { ACCELERATORS, MACHINE_TYPES } from './choices.js';
import { VmFailure } from './failure.js';
import { ARCHITECTURES, type Machine } from './machine.js';
import { writeWhole } from './write-whole.js';

export interface Launch {
  /** the VM's and its guest's */
  readonly name: string;
  /** context id of the guest, >= 3 */
  readonly cid: number;
  readonly machine: Machine;
}

const natural = v.pipe(v.number(), v.integer(), v.minValue(1));
const path = v.pipe(v.string(), v.check(isAbsolute, 'must be an absolute path'));
const cid = v.pipe(natural, v.minValue(3), v.maxValue(0xffff_fffe));
const common = {
  program: v.string(),
  cpus: natural,
  memoryMiB: natural,
  kernel: path,
  initrd: path,
  commandLine: v.string(),
  sockets: path,
  dataDisk: v.nullable(path),
};

const machineSchema = v.variant('hypervisor', [
  v.strictObject({
    hypervisor: v.literal('qemu'),
    ...common,
    name: v.string(),
    architecture: v.picklist(ARCHITECTURES),
    machine: v.picklist(MACHINE_TYPES),
    accelerator: v.picklist(ACCELERATORS),
    memoryBackend: v.picklist(['memfd', 'shm']),
  }),
  v.strictObject({ hypervisor: v.literal('vfkit'), ...common, ports: v.array(natural) }),
  v.strictObject({ hypervisor: v.literal('hyperkit'), ...common, cid }),
]) satisfies v.GenericSchema<unknown, Machine>;

const launchSchema = v.strictObject({ name: v.string(), cid, machine: machineSchema });

export function writeLaunch(file: string, launch: Launch): void {
  writeWhole(file, `${JSON.stringify(launch, null, 2)}\n`);
}

/** @throws VmFailure */
export function readLaunch(file: string): Launch {
  try {
    return v.parse(launchSchema, JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const what = `cannot be used: ${error instanceof Error ? error.message : error}`;
    throw new VmFailure('bad-config', file, what, 'Start the VM with: osmofs vm start', { cause: error });
  }
}
