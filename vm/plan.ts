/** From what the user wants and what the machine has to a {@link Machine}. Pure. */
import type { Accelerator, HypervisorName, MachineType } from './choices.js';
import type { VmConfig } from './config.js';
import { VmFailure } from './failure.js';
import { HYPERVISORS } from './hypervisors/index.js';
import type { Architecture, Machine } from './machine.js';

/** What this machine has; `facts.ts` finds out. */
export interface Facts {
  readonly platform: 'linux' | 'darwin';
  readonly architecture: Architecture;
  /** Path of an executable, undefined if there is none in PATH. */
  find(program: string): string | undefined;
  /** processors that may be used */
  readonly processors: number;
  /** undefined: usable; else one clause that says why not */
  readonly kvm: string | undefined;
}

export interface PlanInput {
  readonly name: string;
  readonly config: VmConfig;
  readonly facts: Facts;
  readonly kernel: string;
  /** with the overlay of this boot at its end */
  readonly initrd: string;
  /** what the image wants on the kernel's command line */
  readonly kernelArguments: readonly string[];
  readonly sockets: string;
  readonly dataDisk: string;
  readonly cid: number;
  /** host ports that the guest connects to */
  readonly ports: readonly number[];
}

/** Where each system's hypervisors are looked for, best first. */
const PREFERENCE: Readonly<Record<Facts['platform'], readonly HypervisorName[]>> = {
  linux: ['qemu'],
  darwin: ['vfkit', 'hyperkit', 'qemu'],
};

/** How to get them, in a sentence for people. */
export function howToInstall({ platform, architecture }: Pick<Facts, 'platform' | 'architecture'>): string {
  if (platform === 'darwin') return 'Install vfkit: brew install vfkit';
  return `Install QEMU: sudo apt-get install qemu-system-${architecture === 'x86_64' ? 'x86' : 'arm'}`;
}

const DEFAULT_CPUS = 2;

/** microvm has none of the devices by which a PC is reset, but a triple fault does it; seen: without, reboot(2) hangs. */
const MICROVM_REBOOT = 'reboot=t';

/** @throws VmFailure 'missing' or 'bad-config' */
export function planMachine(input: PlanInput): Machine {
  const { config, facts } = input;
  const { hypervisor, program } = chooseHypervisor(config, facts);
  const kind = HYPERVISORS[hypervisor];
  const accelerator = hypervisor === 'qemu' ? chooseAccelerator(config, facts) : undefined;
  const common = {
    program,
    cpus: config.cpus ?? defaultCpus(accelerator, facts),
    memoryMiB: config.memoryMiB,
    kernel: input.kernel,
    initrd: input.initrd,
    commandLine: commandLine(input.kernelArguments, kind.consoleDevice(facts.architecture), config.kernelArguments),
    sockets: input.sockets,
    dataDisk: config.dataDiskMiB === 0 ? null : input.dataDisk,
  };
  if (hypervisor !== 'qemu') refuseQemuWords(config, hypervisor);
  if (hypervisor === 'vfkit') return { hypervisor, ...common, ports: input.ports };
  if (hypervisor === 'hyperkit') return { hypervisor, ...common, cid: input.cid };
  const machine = chooseMachine(config, facts.architecture);
  return {
    hypervisor,
    ...common,
    commandLine: machine === 'microvm' ? `${MICROVM_REBOOT} ${common.commandLine}` : common.commandLine,
    name: input.name,
    architecture: facts.architecture,
    machine,
    accelerator: accelerator!,
    memoryBackend: facts.platform === 'linux' ? 'memfd' : 'shm',
  };
}

/** Whether there can be such a machine here, before anything is built for it. @throws VmFailure */
export function checkPlan(name: string, config: VmConfig, facts: Facts): void {
  const nowhere = { kernel: '/', initrd: '/', sockets: '/', dataDisk: '/' };
  const machine = planMachine({ name, config, facts, ...nowhere, kernelArguments: [], cid: 3, ports: [] });
  HYPERVISORS[machine.hypervisor].toArgv(machine as never);
}

export function chooseHypervisor(
  { hypervisor }: Pick<VmConfig, 'hypervisor'>,
  facts: Facts,
): { hypervisor: HypervisorName; program: string } {
  const wanted = hypervisor === 'auto' ? PREFERENCE[facts.platform] : [hypervisor];
  for (const name of wanted) {
    if (name === 'hyperkit' && facts.architecture !== 'x86_64') continue;
    for (const each of HYPERVISORS[name].programs(facts.architecture)) {
      const program = facts.find(each);
      if (program !== undefined) return { hypervisor: name, program };
    }
  }
  const names = wanted.flatMap((name) => HYPERVISORS[name].programs(facts.architecture)).join(', ');
  throw new VmFailure('missing', 'hypervisor', `none is installed (looked for ${names})`, howToInstall(facts));
}

/** The fastest that works, unless one is asked for. @throws VmFailure if that one does not work */
export function chooseAccelerator({ accelerator }: Pick<VmConfig, 'accelerator'>, facts: Facts): Accelerator {
  const refused: Readonly<Record<Accelerator, string | undefined>> = {
    kvm: facts.kvm,
    hvf: facts.platform === 'darwin' ? undefined : 'it is macOS’s',
    tcg: undefined,
  };
  if (accelerator !== 'auto') {
    const why = refused[accelerator];
    if (why === undefined) return accelerator;
    throw new VmFailure('missing', accelerator, why, 'Leave the accelerator out, or: --accelerator tcg');
  }
  return (['kvm', 'hvf', 'tcg'] as const).find((each) => refused[each] === undefined) ?? 'tcg';
}

/**
 * An emulated processor is a busy thread that knows nothing of the others. Where it has to share a real one, another waits in a
 * loop for the lock that it holds meanwhile: a time slice for every such lock. Measured on two processors, one of them busy
 * with something else, fstat on a share: 8000 us with two of them, 480 us with one; on a quiet machine they are equal.
 */
function defaultCpus(accelerator: Accelerator | undefined, { processors }: Facts): number {
  return accelerator === 'tcg' ? Math.max(1, Math.min(DEFAULT_CPUS, processors - 1)) : DEFAULT_CPUS;
}

function chooseMachine({ machine }: VmConfig, architecture: Architecture): MachineType {
  const fitting: readonly MachineType[] = architecture === 'x86_64' ? ['q35', 'microvm'] : ['virt'];
  if (machine === 'auto') return fitting[0]!;
  if (fitting.includes(machine)) return machine;
  throw new VmFailure('bad-config', `machine ${machine}`, `not for ${architecture}`, `Use: ${fitting.join(', ')}`);
}

function refuseQemuWords({ machine, accelerator }: VmConfig, hypervisor: HypervisorName): void {
  for (const [key, value] of Object.entries({ machine, accelerator }))
    if (value !== 'auto')
      throw new VmFailure('bad-config', `${key} ${value}`, `has no meaning for ${hypervisor}`, 'Leave it out');
}

/** The image's arguments with the console's device put right, then the user's: the kernel heeds the last of two. */
export function commandLine(image: readonly string[], console: string, user: readonly string[]): string {
  const own = image.map((word) => (word.startsWith('console=') ? `console=${console}` : word));
  const named = own.some((word) => word.startsWith('console=')) ? own : [`console=${console}`, ...own];
  return [...named, ...user].join(' ');
}
