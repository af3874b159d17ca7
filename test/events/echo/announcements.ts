/** What a mount has told its guest, by the daemon's own count. */
import type { MountTarget } from '../targets/mount.js';

interface Status {
  readonly mounts: readonly { readonly statistics: { readonly announced?: number } | null }[];
}

/** Announcements since it was mounted: injected system calls and invalidations. Of a daemon with this mount alone. */
export async function announcementsOf({ name, osmofs }: MountTarget): Promise<number> {
  const { stdout } = await osmofs.succeed(['status', '--format', 'json']);
  const announced = (JSON.parse(stdout) as Status).mounts[0]?.statistics?.announced;
  if (announced === undefined) throw new Error(`${name}: not there yet: the statistics of a mount have no "announced"`);
  return announced;
}
