/**
 * What the host tells a guest's kernel about changes of the host, on the metadata lane, beside replies.
 *
 * Host to agent: *announcements*, in the form of notifications (`unique` 0). The agent's announcing thread carries them out one
 * after the other, in the order of the lane: FUSE's own codes ({@link Notify}) are written to /dev/fuse; {@link Announce.INJECT} is
 * an ordinary system call on the mount, which makes the kernel emit the inotify events of that change; behind both,
 * {@link Announce.BARRIER} tells how far it has come.
 *
 * Agent to host: an {@link ANNOUNCED} message for each INJECT and BARRIER, in the form of a request without a reply, sent when
 * the system call has returned; so before any request of a later one. The requests that the kernel makes of an injected call
 * carry {@link INJECTED} in the header's padding (the kernel leaves it 0): the host answers them without touching its files.
 */
import { s32, s64, struct, u32, u64 } from './struct.js';

/** Codes of announcements besides FUSE's own, in `fuse_out_header.error`. */
export const Announce = { INJECT: 0x4f01, BARRIER: 0x4f02 } as const;

/** Opcode of the agent's word that an announcement was carried out; no opcode of the kernel. */
export const ANNOUNCED = 0x4f41;
/** `fuse_in_header.padding` of requests that an injected system call has caused. */
export const INJECTED = 0x4f53;

/**
 * System calls. `parent`: the directory of `name`; `parent2`, `name2`: see each. Directories are named by nodeid and must be
 * known to the kernel: otherwise nothing is done, -ESTALE.
 */
export const InjectKind = {
  /** mknodat(parent, name, mode): a regular file, FIFO or socket */
  MKNOD: 1,
  MKDIR: 2,
  /** symlinkat: the target is the host's business, any text does */
  SYMLINK: 3,
  /** linkat(parent2, name2 → parent, name) */
  LINK: 4,
  UNLINK: 5,
  RMDIR: 6,
  /** renameat2(parent, name → parent2, name2, mode as flags) */
  RENAME: 7,
  /** utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW): omitted atime, given mtime is IN_MODIFY; both given is IN_ATTRIB */
  TIMES: 8,
  /** openat(O_WRONLY | O_NOFOLLOW), futimens(times) if InjectFlag.TOUCH, close: IN_OPEN, IN_MODIFY, IN_CLOSE_WRITE */
  WRITTEN: 9,
  /** statx(AT_STATX_FORCE_SYNC): the kernel takes over what the host answers */
  STAT: 10,
  /**
   * Opens `name` in `parent` as the directory through which objects come and go (moved in, moved out), and keeps it open: from
   * now on nodeid {@link STAGE} means it. Also proves that this agent can inject: -EPERM where it may not.
   */
  STAGE: 11,
} as const;

export const InjectFlag = {
  /** the atime is not to be set (UTIME_OMIT) */
  OMIT_ATIME: 1,
  OMIT_MTIME: 2,
  TOUCH: 4,
  /**
   * The call can detach mounts (it removes, replaces or moves a directory, or a name that may be a mount point): `path` and
   * `path2` follow the names, and if one of them is a mount point or leads to one in any mount namespace, nothing is done: -EBUSY.
   */
  GUARDED: 8,
  /** `path` and `path2` follow the names: the way to a directory whose nodeid alone does not lead to it any more */
  WALK: 16,
} as const;

/** The nodeid of the staging directory in announcements: no node has it (its generation is never all ones). */
export const STAGE = 0xffff_ffff_ffff_ffffn;

/**
 * Behind the fuse_out_header of an INJECT. Names follow, each with a NUL: `name`, `name2` (empty if it has no meaning), and with
 * GUARDED or WALK `path`, `path2`: the whole way of name and name2 from the root of the superblock, without a slash in front. Lengths do
 * not count the NUL.
 */
export const announce_inject = struct('announce_inject', {
  seq: u64,
  kind: u32,
  flags: u32,
  parent: u64,
  parent2: u64,
  atime: s64,
  mtime: s64,
  atimensec: u32,
  mtimensec: u32,
  mode: u32,
  namelen: u32,
  name2len: u32,
  pathlen: u32,
  path2len: u32,
  padding: u32,
});

export const announce_barrier = struct('announce_barrier', { seq: u64 });

/** Behind the fuse_in_header of an ANNOUNCED: which one, and 0 or -errno of its system call. */
export const announced_in = struct('announced_in', { seq: u64, error: s32, padding: u32 });

/** Announcements that may be under way at once, those of FUSE included: the agent need not keep more. */
export const ANNOUNCEMENTS = 1024;
