/** osmofs ls */
import { type Mount, Route } from '../../api.js';
import type { Table } from '../output.js';
import type { Register } from '../program.js';

export const ls: Register = (program, context) => {
  program
    .command('ls')
    .summary('list the mounts')
    .description('Lists the mounts: what is shared, where it appears, and how.')
    .examples(['osmofs ls', 'a table'], ['osmofs ls --format json', 'for programs'])
    .action(async () => {
      context.output.print(await context.client.request<Mount[]>('GET', Route.MOUNTS), mountTable);
    });
};

export function mountTable(mounts: readonly Mount[]): Table {
  return {
    head: ['NAME', 'SOURCE', 'TARGET', 'GUEST', 'MODE', 'OWNERSHIP', 'ACCESS', 'STATE'],
    rows: mounts.map((mount) => [
      mount.name,
      mount.source,
      mount.target,
      mount.guest,
      modeText(mount.consistency),
      ownershipText(mount.ownership),
      mount.readOnly ? 'ro' : 'rw',
      mount.state,
    ]),
  };
}

/** The mode in force, and the one asked for where it is another. */
export function modeText({ requested, granted }: Mount['consistency']): string {
  return requested === granted ? granted : `${granted} (asked: ${requested})`;
}

function ownershipText({ kind, uid, gid }: Mount['ownership']): string {
  return uid === undefined && gid === undefined ? kind : `${kind} ${uid ?? 0}:${gid ?? 0}`;
}
