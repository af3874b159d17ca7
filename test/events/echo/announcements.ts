/** What a mount has told its guest, by the daemon's own count. */
import type { MountTarget } from '../targets/mount.js';

/** Events injected and invalidations sent since it was mounted. */
export async function announcementsOf(mount: MountTarget): Promise<number> {
  throw new Error(`${mount.name}: not there yet: the daemon's statistics do not count announcements`);
}
