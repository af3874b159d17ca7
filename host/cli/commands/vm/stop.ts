/** osmofs vm stop */
import { Problem } from '../../../problem.js';
import { type Vm, VmRoute, type VmStop } from '../../../vm-api.js';
import type { VmCommand } from './index.js';
import { DEFAULT_VM, vmName } from './names.js';

/** Longer than all steps of an orderly end together, ms. */
const PATIENCE = 120_000;

export const stop: VmCommand = (group, context) => {
  group
    .command('stop')
    .summary('power a VM off')
    .description(
      'Powers a VM off: its agent is asked to, then the power button is pressed, then the hypervisor is ended.',
    )
    .argument('[vm]', `name of the VM (default: ${DEFAULT_VM})`, vmName)
    .option('--all', 'every VM that runs')
    .option('--force', 'end the hypervisor at once; what the guest has not written is lost')
    .examples(['osmofs vm stop', 'the VM named default'], ['osmofs vm stop --all', 'every VM'])
    .action(async (name: string | undefined, flags: { all?: true; force?: true }) => {
      if (name !== undefined && flags.all === true)
        throw new Problem('usage', name, 'named, but so is --all', 'Leave one of the two out');
      const request: VmStop = {
        select: flags.all === true ? 'all' : { name: name ?? DEFAULT_VM },
        force: flags.force === true,
      };
      const options = { patience: PATIENCE, tell: (step: string) => context.output.note(step) };
      const stopped = await context.client.request<Vm[]>('POST', VmRoute.STOP, request, options);
      context.output.print(stopped, (vms) => vms.map((vm) => `${vm.name}: stopped`).join('\n'));
    });
};
