/**
 * A target that is wrong on purpose: the watcher watches a copy in which nothing happens but the cookies. A matrix that is
 * green on it sees nothing.
 */
import { cpSync, mkdirSync } from 'node:fs';
import { temporaryDirectory } from '../../support/bare-directory.js';
import { local } from './native.js';
import type { Target } from './target.js';
import { makeViews } from './views.js';

export async function deafTarget(): Promise<Target> {
  const temporary = temporaryDirectory();
  const [host, copy, outside] = ['host', 'copy', 'outside'].map((name) => `${temporary.dir}/${name}`);
  for (const directory of [host, copy, outside]) mkdirSync(directory);
  const { views, remove } = makeViews(copy, temporary.dir);
  return {
    name: 'deaf',
    host,
    outside,
    views,
    ...local,
    owners: true,
    late: false,
    beforeChange: (caseName) =>
      cpSync(`${host}/${caseName}`, `${copy}/${caseName}`, {
        recursive: true,
        preserveTimestamps: true,
        verbatimSymlinks: true,
      }),
    cookiesAlso: copy,
    async dispose() {
      remove();
      temporary.remove();
    },
  };
}
