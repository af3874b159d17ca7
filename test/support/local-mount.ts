/** A directory on a real disk, mounted on this machine through osmofs. */
import { mkdirSync } from 'node:fs';
import type { Prepared } from '../posix/register.js';
import { temporaryDirectory } from './bare-directory.js';
import type { Mode } from './modes.js';
import { Osmofs } from './osmofs.js';
import type { Ownership } from './place.js';

/** The host's directory and the mount point lie beside each other in a temporary directory. */
export async function localMount(ownership: Ownership, mode: Mode = 'consistent'): Promise<Prepared> {
  const temporary = temporaryDirectory();
  const host = `${temporary.dir}/host`;
  const dir = `${temporary.dir}/guest`;
  mkdirSync(host);
  let osmofs: Osmofs | undefined;
  try {
    osmofs = await Osmofs.start();
    await osmofs.mount(host, dir, ['--consistency', mode, '--ownership', ownership]);
  } catch (error) {
    await osmofs?.stop().catch(() => undefined);
    temporary.remove();
    throw error;
  }
  const running = osmofs;
  return {
    name: 'local',
    dir,
    host,
    ownership,
    cached: mode !== 'consistent',
    ownLocks: mode === 'cached',
    async dispose() {
      try {
        await running.stop();
      } finally {
        temporary.remove();
      }
    },
  };
}
