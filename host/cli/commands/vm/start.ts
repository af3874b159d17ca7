/** osmofs vm start */
import { constants as numbers } from 'node:os';
import { ACCELERATORS, HYPERVISOR_NAMES, MACHINE_TYPES } from '../../../../vm/choices.js';
import type { VmFlags } from '../../../../vm/config.js';
import { VmFailure } from '../../../../vm/failure.js';
import { Problem } from '../../../problem.js';
import { VmRoute, type VmStart, type VmStarted } from '../../../vm-api.js';
import { choice } from '../../command.js';
import type { Context } from '../../context.js';
import { ensureDaemon } from '../../start-daemon.js';
import type { VmCommand } from './index.js';
import { VM_ARGUMENT } from './names.js';
import { parseCount, parseMiB } from './size.js';

interface Flags {
  readonly cpus?: string;
  readonly memory?: string;
  readonly kernelArg?: readonly string[];
  readonly dataDisk?: string;
  readonly hypervisor?: VmFlags['hypervisor'];
  readonly accelerator?: VmFlags['accelerator'];
  readonly machine?: VmFlags['machine'];
  readonly kernel?: string;
  readonly initrd?: string;
}

/** The options behind the keys of config.json. */
const OPTIONS: Readonly<Record<string, string>> = {
  cpus: '--cpus',
  memoryMiB: '--memory',
  kernelArguments: '--kernel-arg',
  dataDiskMiB: '--data-disk',
  kernel: '--kernel',
  initrd: '--initrd',
};

/** A shell adds the signal to this. */
const SIGNALLED = 128;

/** Building takes the time it takes; a boot has its own limit. ms between two lines of progress */
const PATIENCE = 30 * 60_000;

export const start: VmCommand = (group, context) => {
  group
    .command('start')
    .summary('boot a VM, making it if there is none of that name')
    .description(
      'Boots a VM and returns when its agent has connected. What the options say is remembered for the next start.',
    )
    .argument(...VM_ARGUMENT)
    .option('--cpus <n>', 'processors')
    .option('--memory <size>', 'memory, as 512M or 2G')
    .option(
      '--kernel-arg <argument>',
      "one more argument for the kernel, in place of those remembered (repeatable; '': none)",
      (value, all: string[] = []) => [...all, value],
    )
    .option('--data-disk <size>', 'a disk that keeps /var/lib/osmofs, as 20G; 0: none')
    .addOption(choice('--hypervisor <name>', 'what runs it', ['auto', ...HYPERVISOR_NAMES]))
    .addOption(choice('--accelerator <name>', 'how QEMU runs it', ['auto', ...ACCELERATORS]))
    .addOption(choice('--machine <type>', 'what QEMU makes of it', ['auto', ...MACHINE_TYPES]))
    .option('--kernel <file>', 'a kernel in place of the one osmofs finds; needs --initrd')
    .option('--initrd <file>', 'an initrd in place of the one osmofs builds; needs --kernel')
    .examples(
      ['osmofs vm start', 'the VM named default'],
      ['osmofs vm start --cpus 4 --memory 4G build', 'one named build, of that size'],
      ['osmofs vm start --kernel-arg loglevel=7 --kernel-arg nosmt', 'with these kernel arguments'],
    )
    .action(async (name: string, flags: Flags) => {
      const request: VmStart = { name, flags: await checked(vmFlags(flags, context.absolute)) };
      await ensureDaemon(context);
      const tell = (step: string) => context.output.note(`${name}: ${step}`);
      const options = { patience: PATIENCE, tell };
      const interrupted = () => {
        // The daemon does it, not this process.
        context.output.note(`${name}: goes on starting; end that with: osmofs vm stop --force ${name}`);
        process.exit(SIGNALLED + numbers.signals.SIGINT);
      };
      process.once('SIGINT', interrupted);
      try {
        const started = await context.client.request<VmStarted>('POST', VmRoute.START, request, options);
        context.output.print(started, describe);
      } finally {
        process.off('SIGINT', interrupted);
      }
    });
};

/** @throws Problem 'usage' */
export function vmFlags(flags: Flags, absolute: Context['absolute']): VmFlags {
  return {
    ...(flags.cpus === undefined ? {} : { cpus: parseCount(flags.cpus, '--cpus') }),
    ...(flags.memory === undefined ? {} : { memoryMiB: parseMiB(flags.memory, '--memory') }),
    ...(flags.kernelArg === undefined ? {} : { kernelArguments: flags.kernelArg.filter((word) => word !== '') }),
    ...(flags.dataDisk === undefined ? {} : { dataDiskMiB: parseMiB(flags.dataDisk, '--data-disk') }),
    ...(flags.hypervisor === undefined ? {} : { hypervisor: flags.hypervisor }),
    ...(flags.accelerator === undefined ? {} : { accelerator: flags.accelerator }),
    ...(flags.machine === undefined ? {} : { machine: flags.machine }),
    ...(flags.kernel === undefined ? {} : { kernel: absolute(flags.kernel) }),
    ...(flags.initrd === undefined ? {} : { initrd: absolute(flags.initrd) }),
  };
}

/** What the daemon would refuse, said of the option that it came from. @throws Problem 'usage' */
async function checked(flags: VmFlags): Promise<VmFlags> {
  // Loaded here because only this command needs it.
  const { parseVmFlags } = await import('../../../../vm/config.js');
  try {
    return parseVmFlags(flags, 'vm start');
  } catch (error) {
    if (!(error instanceof VmFailure)) throw error;
    const [, key = '', rest = ''] = /^(\w+)(?:\.\d+)?: (.*)$/.exec(error.what) ?? [];
    const option = OPTIONS[key];
    const [thing, what] = option === undefined ? [error.thing, error.what] : [option, rest];
    throw new Problem('usage', thing, what, 'See: osmofs vm start --help', { cause: error });
  }
}

function describe({ vm, started, seconds }: VmStarted): string {
  if (!started) return `${vm.name}: runs already`;
  return `${vm.name}: runs, ready after ${seconds.boot.toFixed(1)} s`;
}
