/** osmofs umount DST|NAME|--all */
import { type Mount, Route, type UnmountRequest } from '../../api.js';
import { Problem } from '../../problem.js';
import type { Context } from '../context.js';
import type { Register } from '../program.js';

interface Flags {
  readonly all?: true;
  readonly lazy?: true;
}

export const umount: Register = (program, context) => {
  program
    .command('umount')
    .alias('unmount')
    .summary('take a mount away')
    .description(
      'Takes a mount away, named by its directory or its name. What programs have written is on the host by then.',
    )
    .argument('[mount]', 'DST or NAME')
    .option('--all', 'every mount')
    .option('--lazy', 'detach now, even if busy; open files go on working until they are closed')
    .examples(['osmofs umount /mnt/site', 'by directory'], ['osmofs umount --all', 'everything'])
    .action(async (word: string | undefined, flags: Flags) => {
      const request: UnmountRequest = {
        select: selection(word, flags.all === true, context.absolute),
        lazy: flags.lazy === true,
      };
      const gone = await context.client.request<Mount[]>('DELETE', Route.MOUNTS, request);
      context.output.print(gone, (mounts) =>
        mounts.map((mount) => `${mount.name}: ${mount.target} is unmounted`).join('\n'),
      );
    });
};

/** A word with a slash is a path only; any other may be a name, and is a path if no mount has it. */
export function selection(
  word: string | undefined,
  all: boolean,
  absolute: Context['absolute'],
): UnmountRequest['select'] {
  if (word === undefined && !all)
    throw new Problem('usage', 'umount', 'nothing to unmount', 'Name a mount, or say --all');
  if (word !== undefined && all) throw new Problem('usage', word, 'named, but so is --all', 'Leave one of the two out');
  if (word === undefined) return 'all';
  if (word === '') throw new Problem('usage', 'umount', 'the name is empty', 'Name a mount, or say --all');
  const target = absolute(word);
  return word.includes('/') ? { target } : { name: word, target };
}
