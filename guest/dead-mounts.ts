/** What an agent that was killed has left in the tree of its guest: mounts that nobody serves. */
import { statfs } from 'node:fs/promises';
import { MNT_DETACH, UMOUNT_NOFOLLOW } from '../protocol/linux.js';
import { unmountAside } from './aside.js';
import { TYPE } from './attach.js';
import { clearHiddenPlaces } from './hidden-place.js';
import { readMounts } from './mountinfo.js';
import { within } from './within.js';

/** A mount that is served may keep us waiting; a dead one answers at once. ms */
const PATIENCE = 1_000;

/** Takes them away, the topmost first. Never rejects; those that still answer stay. */
export async function clearDeadMounts(): Promise<void> {
  const ours = (await readMounts()).filter(({ type }) => type === TYPE);
  for (const { point } of ours.reverse()) {
    if (await within(isDead(point), PATIENCE, () => false)) {
      await unmountAside({ target: point, flags: MNT_DETACH | UMOUNT_NOFOLLOW });
    }
  }
  await clearHiddenPlaces();
}

/** The kernel says ENOTCONN where the last descriptor of /dev/fuse is closed. */
async function isDead(point: Buffer): Promise<boolean> {
  try {
    await statfs(point);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTCONN';
  }
}
