/** A plain directory: changer and watcher work on the very same. What it shows is what is right. */
import { mkdirSync } from 'node:fs';
import { temporaryDirectory } from '../../support/bare-directory.js';
import { here } from '../program.js';
import type { Target } from './target.js';
import { makeViews } from './views.js';

/** How programs are started on this machine. */
export const local: Pick<Target, 'program' | 'command'> = {
  program: (name, ownNamespace) => here(`./${name}`, ownNamespace ? ['unshare', '-m'] : []),
  command: (argv, directory) => ['env', '-C', directory, ...argv],
};

export async function nativeTarget(): Promise<Target> {
  const temporary = temporaryDirectory();
  const host = `${temporary.dir}/host`;
  const outside = `${temporary.dir}/outside`;
  mkdirSync(host);
  mkdirSync(outside);
  const { views, remove } = makeViews(host, temporary.dir);
  return {
    name: 'native',
    host,
    outside,
    views,
    ...local,
    owners: true,
    late: false,
    async dispose() {
      remove();
      temporary.remove();
    },
  };
}
