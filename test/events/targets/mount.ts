/** A mount of this machine through osmofs: the changer works on the host's directory, the watcher on the mount. */
import { mkdirSync } from 'node:fs';
import type { Consistency } from '../../../host/mount-options.js';
import { temporaryDirectory } from '../../support/bare-directory.js';
import { Osmofs } from '../../support/osmofs.js';
import { local } from './native.js';
import type { Target } from './target.js';
import { makeViews, type Views } from './views.js';

export interface MountTarget extends Target {
  readonly osmofs: Osmofs;
}

/** Ownership `host`: numeric owners pass as they are, so that they can be compared too. */
export async function mountTarget(consistency: Consistency): Promise<MountTarget> {
  const temporary = temporaryDirectory();
  const [host, guest, outside] = ['host', 'guest', 'outside'].map((name) => `${temporary.dir}/${name}`);
  mkdirSync(host);
  mkdirSync(outside);
  let osmofs: Osmofs | undefined;
  let views: Views | undefined;
  const dispose = async () => {
    try {
      views?.remove();
      await osmofs?.stop();
    } finally {
      temporary.remove();
    }
  };
  try {
    osmofs = await Osmofs.start();
    await osmofs.mount(host, guest, ['--consistency', consistency, '--ownership', 'host']);
    views = makeViews(guest, temporary.dir);
  } catch (error) {
    await dispose().catch(() => undefined);
    throw error;
  }
  return {
    name: `mount, ${consistency}`,
    host,
    outside,
    views: views.views,
    ...local,
    owners: true,
    late: true,
    osmofs,
    dispose,
  };
}
