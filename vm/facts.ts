/** Finds out what this machine has for running a VM. */
import { accessSync, closeSync, constants, existsSync, openSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { platform } from '../native/platform.js';
import { codeOf, VmFailure } from './failure.js';
import type { Architecture } from './machine.js';
import type { Facts } from './plan.js';

const ARCHITECTURES: Readonly<Record<string, Architecture>> = { x64: 'x86_64', arm64: 'aarch64' };

/** Beside PATH, where package managers of macOS put programs that a daemon's PATH may lack. */
const MORE_PLACES = { linux: [], darwin: ['/opt/homebrew/bin', '/usr/local/bin'] } as const;

/** @throws VmFailure on a processor that no image is built for */
export function findFacts(path: string | undefined = process.env.PATH): Facts {
  const architecture = ARCHITECTURES[process.arch];
  if (architecture === undefined)
    throw new VmFailure('missing', process.arch, 'no guest is built for this processor', 'Use x86-64 or arm64');
  const places = [...(path ?? '').split(delimiter), ...MORE_PLACES[platform]].filter((place) => isAbsolute(place));
  return {
    platform,
    architecture,
    find: (program) => places.map((place) => join(place, program)).find(isExecutable),
    processors: availableParallelism(),
    kvm: kvmProblem(architecture),
  };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * Why KVM cannot be used, undefined if it can. A device that opens is not enough: under kvm_pvm ("pagetable virtual
 * machine", KVM without the processor's help) it opens, creates VMs, and runs no kernel that is not made for it.
 */
export function kvmProblem(architecture: Architecture, root = ''): string | undefined {
  const device = `${root}/dev/kvm`;
  try {
    closeSync(openSync(device, 'r+'));
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return 'there is no /dev/kvm';
    return code === 'EACCES' ? '/dev/kvm is not yours to open' : `/dev/kvm cannot be opened (${code})`;
  }
  const modules = ['kvm_intel', 'kvm_amd'].filter((name) => existsSync(`${root}/sys/module/${name}`));
  if (architecture === 'x86_64' && modules.length === 0)
    return '/dev/kvm is there, but not by the processor’s virtualization (no kvm_intel, no kvm_amd)';
  return undefined;
}
