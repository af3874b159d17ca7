/** osmofs share add|rm|ls */
import { Route, type Share } from '../../api.js';
import { Problem } from '../../problem.js';
import { Shares, shareView } from '../../shares.js';
import type { Context } from '../context.js';
import type { Table } from '../output.js';
import type { Register } from '../program.js';
import { ensureDaemon } from '../start-daemon.js';

export const share: Register = (program, context) => {
  const group = program
    .command('share')
    .summary('which host directories may be shared')
    .description('Share roots: only what lies below one of them can be mounted.');

  group
    .command('add')
    .summary('allow a directory to be shared')
    .description('Allows a directory, and all below it, to be mounted in guests.')
    .argument('<directory>', 'an existing directory')
    .examples(['osmofs share add /srv/data', 'from now on it can be mounted'])
    .action(async (directory: string) => {
      await ensureDaemon(context);
      const path = context.absolute(directory);
      const added = await context.client.request<Share>('POST', Route.SHARES, { path });
      context.output.print(added, ({ path }) => `${path}: shared`);
    });

  group
    .command('rm')
    .summary('no longer allow a directory to be shared')
    .description('Takes a share root away. Refused while something below it is mounted.')
    .argument('<root>', 'a share root')
    .option('--force', 'unmount what is mounted from it')
    .examples(['osmofs share rm /srv/data', 'no longer shared'])
    .action(async (directory: string, flags: { force?: true }) => {
      await ensureDaemon(context);
      const body = { path: context.absolute(directory), force: flags.force === true };
      const removed = await context.client.request<Share>('DELETE', Route.SHARES, body);
      context.output.print(removed, ({ path }) => `${path}: no longer shared`);
    });

  group
    .command('ls')
    .summary('list the share roots')
    .description('Lists the share roots, also when no daemon runs.')
    .examples(['osmofs share ls', 'a table'])
    .action(async () => context.output.print(await listShares(context), shareTable));
};

async function listShares(context: Context): Promise<Share[]> {
  try {
    return await context.client.request<Share[]>('GET', Route.SHARES);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'not-running') throw error;
    const roots = await new Shares(context.paths.configFile, context.defaultRoots).list();
    return roots.map(shareView);
  }
}

export function shareTable(shares: readonly Share[]): Table {
  return {
    head: ['ROOT', 'FROM', 'STATE'],
    rows: shares.map(({ path, source, present }) => [path, source, present ? 'present' : 'missing']),
  };
}
