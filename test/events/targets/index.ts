/** The targets by name, and which of them the test stage judges. */
import { deafTarget } from './deaf.js';
import { mountTarget } from './mount.js';
import { nativeTarget } from './native.js';
import type { Target } from './target.js';

export const targets = {
  native: nativeTarget,
  deaf: deafTarget,
  consistent: () => mountTarget('consistent'),
  cached: () => mountTarget('cached'),
  delegated: () => mountTarget('delegated'),
} satisfies Record<string, () => Promise<Target>>;

export type TargetName = keyof typeof targets;
export type MountName = Exclude<TargetName, 'native' | 'deaf'>;

/**
 * The mounts that the stage `events` judges, beside the plain directory. For one run, `OSMOFS_EVENTS=cached,consistent` in the
 * environment names others.
 */
const JUDGED: readonly MountName[] = ['cached', 'consistent'];

function named(text: string): MountName[] {
  return text.split(',').map((name) => {
    if (name === 'native' || name === 'deaf' || !(name in targets))
      throw new Error(`OSMOFS_EVENTS: ${name} is no mount; there are: consistent, cached, delegated`);
    return name as MountName;
  });
}

export const judged = process.env.OSMOFS_EVENTS ? named(process.env.OSMOFS_EVENTS) : JUDGED;
