/** osmofs completion bash|zsh|fish, and the hidden `complete` that the scripts ask for what only the daemon knows. */
import { Argument } from 'commander';
import { type Mount, Route, type Share } from '../../api.js';
import { type Vm, VmRoute } from '../../vm-api.js';
import { bashScript } from '../completion/bash.js';
import { fishScript } from '../completion/fish.js';
import { commandTree, DYNAMIC, type Dynamic } from '../completion/tree.js';
import { zshScript } from '../completion/zsh.js';
import type { Context } from '../context.js';
import type { Register } from '../program.js';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
export type Shell = keyof typeof SCRIPTS;
export const SHELLS = Object.keys(SCRIPTS) as Shell[];

export const completion: Register = (program, context) => {
  program
    .command('completion')
    .summary('print a completion script for a shell')
    .description('Prints a script that completes the commands, options, directories and mounts of osmofs.')
    .addArgument(new Argument('<shell>', 'the shell to print it for').choices(SHELLS))
    .examples(
      ['source <(osmofs completion bash)', 'in ~/.bashrc'],
      ['source <(osmofs completion zsh)', 'in ~/.zshrc, after compinit'],
      ['osmofs completion fish | source', 'in ~/.config/fish/config.fish'],
    )
    .action((shell: Shell) => {
      const script = SCRIPTS[shell](commandTree(program));
      if (context.output.format === 'json') context.output.json({ shell, script });
      else context.output.stdout.write(script);
    });

  program
    .command('complete', { hidden: true })
    .addArgument(new Argument('<what>').choices(DYNAMIC))
    .action(async (what: Dynamic) => {
      for (const word of await words(what, context)) context.output.line(word);
    });
};

async function words(what: Dynamic, { client }: Context): Promise<string[]> {
  if (what === 'shares') return (await client.request<Share[]>('GET', Route.SHARES)).map(({ path }) => path);
  if (what === 'vms') return (await client.request<Vm[]>('GET', VmRoute.VMS)).map(({ name }) => name);
  return (await client.request<Mount[]>('GET', Route.MOUNTS)).flatMap(({ name, target }) => [name, target]);
}
