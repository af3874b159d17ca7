/**
 * What a mount's agent may answer by itself (Grants in control-messages.ts): decided once, when the mount is made.
 *
 * FLUSH ends locks and, since close(2) of the host may report that an earlier write failed, closes a duplicate to hear of it. On
 * file systems that have nothing to say at close(2) only the locks remain. What is mounted below the share later is not
 * looked at: there such errors come with fsync(2) only.
 */
import type { Grants } from '../protocol/control-messages.js';
import { contains } from './shares.js';

/** A mounted file system of the host. */
export interface FileSystem {
  readonly type: string;
  /** where it is mounted, absolute */
  readonly point: string;
}

/**
 * Whose close(2) has nothing to report. Linux: without a `flush` among its file_operations, or with one that returns 0 (f2fs);
 * not so NFS, SMB, FUSE, overlay, eCryptfs. macOS: the local ones.
 */
const SILENT = new Set([
  ...['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'tmpfs', 'f2fs', 'zfs', 'bcachefs'],
  ...['apfs', 'hfs'],
]);

/**
 * @param root real path of the share
 * @param mounted oldest first; undefined if not known
 */
export function grantsFor(root: string, mounted: readonly FileSystem[] | undefined): Grants {
  return { userXattrsOnly: true, flushForLocksOnly: mounted !== undefined && closesSilently(root, mounted) };
}

function closesSilently(root: string, mounted: readonly FileSystem[]): boolean {
  const own = holders(root, mounted);
  const below = mounted.filter(({ point }) => point !== root && contains(root, point));
  return own.length > 0 && [...own, ...below].every(({ type }) => SILENT.has(type));
}

/**
 * The file system that the root lies on: the one with the longest path to it, unless something was mounted over that
 * path afterwards. The table does not say for sure which of these is seen, so all of them count.
 */
export function holders(root: string, mounted: readonly FileSystem[]): FileSystem[] {
  const above = mounted.filter(({ point }) => contains(point, root));
  const longest = Math.max(...above.map(({ point }) => point.length));
  return above.slice(above.findLastIndex(({ point }) => point.length === longest));
}
