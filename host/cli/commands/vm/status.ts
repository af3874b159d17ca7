/** osmofs vm status and osmofs vm ls */
import { Problem } from '../../../problem.js';
import type { Vm } from '../../../vm-api.js';
import { bytes, duration } from '../../output.js';
import type { VmCommand } from './index.js';
import { listVms } from './list.js';
import { hypervisorText, VM_ARGUMENT, vmTable } from './names.js';

export const ls: VmCommand = (group, context) => {
  group
    .command('ls')
    .summary('list the VMs')
    .description('Lists the VMs, also when no daemon runs.')
    .examples(['osmofs vm ls', 'a table'], ['osmofs vm ls --format json', 'for programs'])
    .action(async () => context.output.print(await listVms(context), vmTable));
};

export const status: VmCommand = (group, context) => {
  group
    .command('status')
    .summary('what a VM does')
    .description('Shows a VM: its state, its size, its processes, how its last run ended.')
    .argument(...VM_ARGUMENT)
    .examples(['osmofs vm status', 'the VM named default'])
    .action(async (name: string) => {
      const vm = (await listVms(context)).find((each) => each.name === name);
      if (vm === undefined)
        throw new Problem('not-found', `VM ${name}`, 'there is none', `Make it: osmofs vm start ${name}`);
      context.output.print(vm, describe);
    });
};

export function describe({ name, state, cpus, memoryMiB, running, lastEnd, consoleLog }: Vm): string {
  const lines = [`${name}: ${state}, CPUs: ${cpus ?? 'auto'}, ${memoryMiB} MiB, console ${consoleLog}`];
  if (running !== null) {
    const up = duration((Date.now() - Date.parse(running.since)) / 1000);
    const resets = running.resets === 0 ? '' : `, reset ${running.resets} times`;
    lines.push(`${hypervisorText(running)}, pid ${running.pid}, up ${up}${resets}`);
    lines.push(`launcher and vsock device: pid ${running.runnerPid}, ${bytes(running.runnerRss)} resident`);
    lines.push(running.agent === null ? 'its agent is not connected' : `agent ${running.agent}`);
  }
  if (lastEnd !== null) {
    lines.push(`last run: ${lastEnd.how} at ${lastEnd.at}, ${lastEnd.why}`);
    if (lastEnd.how === 'crashed') lines.push(...lastEnd.lastLines.map((line) => `  ${line}`));
  }
  return lines.join('\n');
}
