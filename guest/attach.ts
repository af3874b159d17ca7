/** The mount itself: /dev/fuse opened and attached to the tree, and taken away again. */
import { writeFile } from 'node:fs/promises';
import { os } from '../native/index.js';
import { Errno } from '../protocol/errno.js';
import { MNT_DETACH, MNT_FORCE, MS_NODEV, MS_NOSUID, MS_RDONLY, UMOUNT_NOFOLLOW } from '../protocol/linux.js';
import { type AsideCall, aside } from './aside.js';
import { MountFailure } from './failure.js';
import { userMount, userUnmount } from './fusermount.js';
import { type MountEntry, readMounts, topmost } from './mountinfo.js';

// mount(2), <linux/mount.h>
const MS_REMOUNT = 32;
const MS_BIND = 4096;

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

export interface Attachment {
  /** descriptor of /dev/fuse; closing the last one ends the connection */
  readonly fuseFd: number;
  /** real path, bytes */
  readonly target: Uint8Array;
  readonly entry: MountEntry;
  /** something people should know about this mount, or '' */
  readonly warning: string;
}

/** May this process mount by itself? */
function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** @param target real path of a directory, bytes. @throws MountFailure; nothing is mounted then */
export async function attach(target: Uint8Array, options: AttachOptions): Promise<Attachment> {
  const { fuseFd, warning } = isRoot() ? await mountAsRoot(target, options) : await mountAsUser(target, options);
  try {
    const entry = topmost(await readMounts(), target);
    if (entry?.type !== TYPE) throw new MountFailure(Errno.EIO, 'the mount has vanished as soon as it was made');
    return { fuseFd, target, entry, warning };
  } catch (error) {
    os.close(fuseFd);
    throw error;
  }
}

async function mountAsRoot(target: Uint8Array, options: AttachOptions) {
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
  const call = { call: 'mount', target, source: Buffer.from(options.source), type: TYPE, options: text } as const;
  let attached = false;
  try {
    await must({ ...call, flags: SAFE }, 'cannot mount there');
    attached = true;
    // Only this view of the superblock is read-only: the events of host changes are injected through another one.
    const readOnly = SAFE | MS_REMOUNT | MS_BIND | MS_RDONLY;
    if (options.readOnly) await must({ ...call, flags: readOnly }, 'cannot make it read-only');
  } catch (error) {
    if (attached) await aside({ call: 'unmount', target, flags: MNT_DETACH | UMOUNT_NOFOLLOW });
    os.close(fuseFd);
    throw error;
  }
  return { fuseFd, warning: '' };
}

/** Without leave to show the mount to other users it is made for this user alone. */
async function mountAsUser(target: Uint8Array, options: AttachOptions) {
  const full = { ...options, subtype: SUBTYPE };
  try {
    return { fuseFd: await userMount(target, full), warning: '' };
  } catch (error) {
    if (!options.allowOther || !(error instanceof MountFailure) || error.errno !== Errno.EPERM) throw error;
    const fuseFd = await userMount(target, { ...full, allowOther: false });
    return { fuseFd, warning: 'only this user sees the mount: /etc/fuse.conf does not have user_allow_other' };
  }
}

async function must(call: AsideCall, doing: string): Promise<void> {
  const result = await aside(call);
  if (result < 0) throw MountFailure.of(result, doing);
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
  const result = await aside({ call: 'unmount', target: attachment.target, flags: flags | UMOUNT_NOFOLLOW });
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
