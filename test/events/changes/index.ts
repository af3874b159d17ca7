/** All changes. */
import type { Change } from '../change.js';
import { attributes } from './attributes.js';
import { contents } from './contents.js';
import { making } from './making.js';
import { removing } from './removing.js';
import { renaming } from './renaming.js';
import { saving } from './saving.js';

export const changes: readonly Change[] = [...making, ...contents, ...attributes, ...removing, ...renaming, ...saving];

const bySlug = new Map(changes.map((change) => [change.slug, change]));
if (bySlug.size !== changes.length) throw new Error('two changes have one slug');

export function changeOf(slug: string): Change {
  const change = bySlug.get(slug);
  if (change === undefined) throw new Error(`no such change: ${slug}`);
  return change;
}
