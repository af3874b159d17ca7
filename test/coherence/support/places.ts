/** Where the check runs: a plain directory as all three sides, or a directory and two mounts of it on this machine. */
import { mkdirSync } from 'node:fs';
import { temporaryDirectory } from '../../support/bare-directory.js';
import { Osmofs } from '../../support/osmofs.js';
import type { SideOptions } from './actor.js';
import type { Rules } from './conduct.js';

export interface Sides {
  readonly host: SideOptions;
  readonly guests: readonly SideOptions[];
  readonly osmofs?: Osmofs;
}

const GUESTS = ['guest A', 'guest B'];

export async function onPlainDirectory<T>(use: (sides: Sides) => Promise<T>): Promise<T> {
  const { dir, remove } = temporaryDirectory();
  try {
    return await use({ host: { name: 'host', dir }, guests: GUESTS.map((name) => ({ name, dir })) });
  } finally {
    remove();
  }
}

/** Two mounts, each a superblock of its own, made while `meanwhile` runs. */
export async function onMounts<T>(
  consistency: Rules,
  use: (sides: Sides) => Promise<T>,
  meanwhile: (mount: () => Promise<void>) => Promise<void> = (mount) => mount(),
): Promise<T> {
  const temporary = temporaryDirectory();
  const source = `${temporary.dir}/host`;
  mkdirSync(source);
  let osmofs: Osmofs | undefined;
  try {
    osmofs = await Osmofs.start();
    const guests = GUESTS.map((name, i) => ({ name, dir: `${temporary.dir}/guest-${i}` }));
    const started = osmofs;
    await meanwhile(async () => {
      for (const [i, { dir }] of guests.entries()) {
        const options = ['--consistency', consistency, '--ownership', 'strict', '--name', `coherence-${i}`];
        await started.mount(source, dir, options);
      }
    });
    return await use({ host: { name: 'host', dir: source }, guests, osmofs });
  } finally {
    try {
      await osmofs?.stop();
    } finally {
      temporary.remove();
    }
  }
}
