/** osmofs vm rm */
import { type Vm, type VmRemoval, VmRoute } from '../../../vm-api.js';
import { ensureDaemon } from '../../start-daemon.js';
import type { VmCommand } from './index.js';
import { vmName } from './names.js';

const PATIENCE = 120_000;

export const rm: VmCommand = (group, context) => {
  group
    .command('rm')
    .summary('remove a VM and all that is on its disk')
    .description('Removes a VM: its configuration, its logs, its data disk. Refused while it runs.')
    .argument('<vm>', 'name of the VM', vmName)
    .option('--force', 'stop it first')
    .examples(['osmofs vm rm build', 'the VM named build'])
    .action(async (name: string, flags: { force?: true }) => {
      const request: VmRemoval = { name, force: flags.force === true };
      await ensureDaemon(context);
      const options = { patience: PATIENCE, tell: (step: string) => context.output.note(`${name}: ${step}`) };
      const removed = await context.client.request<Vm>('DELETE', VmRoute.VMS, request, options);
      context.output.print(removed, (vm) => `${vm.name}: removed`);
    });
};
