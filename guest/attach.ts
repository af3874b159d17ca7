/** The mount itself: /dev/fuse opened and attached to the tree, and taken away again. */
import { writeFile } from 'node:fs/promises';
import { os } from '../native/index.js';
import { Errno } from '../protocol/errno.js';
import {
  MNT_DETACH,
  MNT_FORCE,
  MS_BIND,
  MS_NODEV,
  MS_NOSUID,
  MS_RDONLY,
  MS_REMOUNT,
  UMOUNT_NOFOLLOW,
} from '../protocol/linux.js';
import { unmountAside } from './aside.js';
import { MountFailure } from './failure.js';
import { userMount, userUnmount } from './fusermount.js';
import type { MountCall } from './mount-calls.js';
import { type MountEntry, readMounts, topmost } from './mountinfo.js';

const SUBTYPE = 'osmofs';
export const TYPE = `fuse.${SUBTYPE}`;

/**
 * Never set-id, never device nodes: a file that its owner on the host made set-user-id may appear in the guest as
 * somebody else's.
 */
const SAFE = MS_NOSUID | MS_NODEV;

export interface AttachOptions {
  /** shown as the device in /proc/mounts */
  readonly source: string;
  readonly readOnly: boolean;
  /** the kernel checks the modes */
  readonly defaultPermissions: boolean;
  /** users other than the one who runs the agent may look */
  readonly allowOther: boolean;
  /** largest READ, bytes */
  readonly maxRead: number;
}

/** A mount that is about to be made. */
export interface Prepared {
  /** descriptor of /dev/fuse; closing the last one ends the connection */
  readonly fuseFd: number;
  /** what remains to be done, in this order; nothing if it is mounted by now */
  readonly calls: readonly MountCall[];
  /** something people should know about this mount, or '' */
  readonly warning: string;
}

/** A mount that has been made. */
export interface Attachment {
  /** real path, bytes */
  readonly target: Uint8Array;
  readonly entry: MountEntry;
  /** whose private view keeps the superblock as well, or 0 */
  readonly announcer: number;
}

/** May this process mount by itself? */
export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** @param target real path of a directory, bytes. @throws MountFailure; nothing is left behind then */
export async function prepare(target: Uint8Array, options: AttachOptions): Promise<Prepared> {
  return isRoot() ? prepareAsRoot(target, options) : await mountAsUser(target, options);
}

/** @throws MountFailure if it is not there (any more) */
export async function findAttachment(target: Uint8Array, announcer: number): Promise<Attachment> {
  const entry = topmost(await readMounts(), target);
  if (entry?.type !== TYPE) throw new MountFailure(Errno.EIO, 'the mount has vanished as soon as it was made');
  return { target, entry, announcer };
}

function prepareAsRoot(target: Uint8Array, options: AttachOptions): Prepared {
  const fuseFd = os.fuseOpen();
  if (fuseFd < 0) {
    throw MountFailure.of(fuseFd, 'cannot open /dev/fuse', 'the kernel needs FUSE (try: modprobe fuse)');
  }
  const text = [
    `fd=${fuseFd},rootmode=40000,user_id=${process.geteuid!()},group_id=${process.getegid!()}`,
    `max_read=${options.maxRead}`,
    ...(options.allowOther ? ['allow_other'] : []),
    ...(options.defaultPermissions ? ['default_permissions'] : []),
  ].join(',');
  const call: MountCall = { target, source: options.source, type: TYPE, flags: SAFE, options: text };
  // Only this view of the superblock is read-only: the events of host changes are injected through another one.
  const readOnly: MountCall = { ...call, flags: SAFE | MS_REMOUNT | MS_BIND | MS_RDONLY };
  return { fuseFd, calls: options.readOnly ? [call, readOnly] : [call], warning: '' };
}

/** Without leave to show the mount to other users it is made for this user alone. */
async function mountAsUser(target: Uint8Array, options: AttachOptions): Promise<Prepared> {
  const full = { ...options, subtype: SUBTYPE };
  try {
    return { fuseFd: await userMount(target, full), calls: [], warning: '' };
  } catch (error) {
    if (!options.allowOther || !(error instanceof MountFailure) || error.errno !== Errno.EPERM) throw error;
    const fuseFd = await userMount(target, { ...full, allowOther: false });
    return {
      fuseFd,
      calls: [],
      warning: 'only this user sees the mount: /etc/fuse.conf does not have user_allow_other',
    };
  }
}

/**
 * - `orderly`: refused with EBUSY while somebody uses it
 * - `lazy`: out of the tree at once; who uses it may go on
 * - `abort`: out of the tree, and every call that waits for an answer fails (only root can have both at once)
 */
export type Manner = 'orderly' | 'lazy' | 'abort';

/** Does nothing if it is not attached any more. @throws MountFailure */
export async function detach(attachment: Attachment, manner: Manner): Promise<void> {
  const entries = await readMounts();
  if (!entries.some((entry) => isSame(entry, attachment.entry))) return;
  if (!isSame(topmost(entries, attachment.target), attachment.entry)) {
    throw new MountFailure(Errno.EBUSY, 'something else is mounted on top of it; unmount that first');
  }
  if (!isRoot()) return await userUnmount(attachment.target, manner !== 'orderly');
  const flags = { orderly: 0, lazy: MNT_DETACH, abort: MNT_DETACH | MNT_FORCE }[manner];
  const { target, announcer } = attachment;
  // After an abort nothing of the connection can keep it waiting.
  const release = announcer === 0 ? {} : { release: { announcer, wait: manner !== 'lazy' } };
  const result = await unmountAside({ target, flags: flags | UMOUNT_NOFOLLOW, ...release });
  if (result === -Errno.EBUSY) throw new MountFailure(Errno.EBUSY, 'it is in use; end what uses it, or unmount lazily');
  if (result < 0 && result !== -Errno.EINVAL) throw MountFailure.of(result, 'cannot unmount');
}

/** Ids of mounts are used again, so the rest has to agree too. */
function isSame(entry: MountEntry | undefined, ours: MountEntry): boolean {
  return entry !== undefined && entry.id === ours.id && entry.device === ours.device && entry.type === ours.type;
}

/**
 * Ends the connection of an existing superblock, also if no path leads to it any more. Needs fusectl, which not every
 * system mounts.
 */
export async function abortConnection(device: string): Promise<void> {
  const minor = device.split(':')[1];
  await writeFile(`/sys/fs/fuse/connections/${minor}/abort`, '1').catch(() => undefined);
}
