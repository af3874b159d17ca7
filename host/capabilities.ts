/**
 * What INIT agrees on: every flag of the protocol is a row, wanted or refused, with the reason. A test walks both lists
 * against the complete list of flags, so that a new flag of the kernel is a decision and not an accident.
 */
import { InitFlag, type InitFlagName } from '../protocol/fuse/flags.js';
import type { CachePolicy } from './cache/policy.js';

export interface Capability {
  readonly flag: InitFlagName;
  /** true: wanted if the kernel offers it; a function: depends on the superblock's policy; false: refused */
  readonly want: boolean | ((policy: CachePolicy) => boolean);
  readonly reason: string;
}

export const capabilities: readonly Capability[] = [
  { flag: 'FUSE_ASYNC_READ', want: true, reason: 'read-ahead may have several requests under way' },
  {
    flag: 'FUSE_POSIX_LOCKS',
    want: (p) => !p.noOpen,
    reason:
      'record locks are taken on the host, where host programs see them; but not where nobody tells of close(2), which ends them',
  },
  { flag: 'FUSE_FILE_OPS', want: false, reason: 'never implemented by the kernel' },
  {
    flag: 'FUSE_ATOMIC_O_TRUNC',
    want: (p) => !p.noOpen,
    reason: 'open with O_TRUNC is one request; where there is no OPEN, the kernel truncates by SETATTR',
  },
  { flag: 'FUSE_EXPORT_SUPPORT', want: false, reason: 'would bring LOOKUPs of "." and ".."' },
  { flag: 'FUSE_BIG_WRITES', want: true, reason: 'writes larger than a page' },
  { flag: 'FUSE_DONT_MASK', want: false, reason: "the kernel applies the caller's umask, we get final modes" },
  { flag: 'FUSE_SPLICE_WRITE', want: false, reason: 'the agent copies: a 1 MiB message does not fit a pipe' },
  { flag: 'FUSE_SPLICE_MOVE', want: false, reason: 'as FUSE_SPLICE_WRITE' },
  { flag: 'FUSE_SPLICE_READ', want: false, reason: 'as FUSE_SPLICE_WRITE' },
  {
    flag: 'FUSE_FLOCK_LOCKS',
    want: (p) => !p.noOpen,
    reason: 'flock(2) is taken on the host, where host programs see it; else as FUSE_POSIX_LOCKS',
  },
  { flag: 'FUSE_HAS_IOCTL_DIR', want: false, reason: 'ioctl is refused' },
  {
    flag: 'FUSE_AUTO_INVAL_DATA',
    want: true,
    reason:
      'a changed mtime or size drops the cached pages: without OPEN nothing else drops those of a file that is not watched',
  },
  { flag: 'FUSE_DO_READDIRPLUS', want: (p) => p.readdirPlus, reason: 'pays only where attributes may be kept' },
  { flag: 'FUSE_READDIRPLUS_AUTO', want: (p) => p.readdirPlus, reason: 'as FUSE_DO_READDIRPLUS' },
  { flag: 'FUSE_ASYNC_DIO', want: true, reason: 'direct I/O may have several requests under way' },
  {
    flag: 'FUSE_WRITEBACK_CACHE',
    want: false,
    reason: 'sizes and times would be the guest kernel’s own; delegated writes are gathered by the agent',
  },
  {
    flag: 'FUSE_NO_OPEN_SUPPORT',
    want: (p) => p.noOpen,
    reason: 'OPEN is answered ENOSYS where content may be kept: opening what the kernel has is no request',
  },
  { flag: 'FUSE_PARALLEL_DIROPS', want: true, reason: 'lookups in one directory need no lock of the guest' },
  { flag: 'FUSE_HANDLE_KILLPRIV', want: false, reason: 'version 2 says when, this one leaves it open' },
  { flag: 'FUSE_POSIX_ACL', want: false, reason: 'access lists are not kept' },
  { flag: 'FUSE_ABORT_ERROR', want: true, reason: 'tells an aborted connection from an unmounted one' },
  { flag: 'FUSE_MAX_PAGES', want: true, reason: 'requests of 1 MiB' },
  {
    flag: 'FUSE_CACHE_SYMLINKS',
    want: (p) => p.symlinks,
    reason: 'a symlink is never changed, only replaced, and then its name is told',
  },
  {
    flag: 'FUSE_NO_OPENDIR_SUPPORT',
    want: (p) => p.noOpen,
    reason: 'OPENDIR is answered ENOSYS: as FUSE_NO_OPEN_SUPPORT',
  },
  {
    flag: 'FUSE_EXPLICIT_INVAL_DATA',
    want: false,
    reason: 'a size that has grown must drop the last page, or it ends in zeros',
  },
  { flag: 'FUSE_MAP_ALIGNMENT', want: false, reason: 'DAX is not offered' },
  { flag: 'FUSE_SUBMOUNTS', want: false, reason: 'file systems mounted below a share are part of it' },
  { flag: 'FUSE_HANDLE_KILLPRIV_V2', want: true, reason: 'saves an attribute request per write' },
  { flag: 'FUSE_SETXATTR_EXT', want: true, reason: 'the current layout of SETXATTR' },
  { flag: 'FUSE_INIT_EXT', want: true, reason: 'flags beyond the 31st' },
  { flag: 'FUSE_INIT_RESERVED', want: false, reason: 'reserved' },
  { flag: 'FUSE_SECURITY_CTX', want: false, reason: 'security attributes are not kept' },
  { flag: 'FUSE_HAS_INODE_DAX', want: false, reason: 'DAX is not offered' },
  { flag: 'FUSE_CREATE_SUPP_GROUP', want: false, reason: "a directory's group is taken from its record" },
  { flag: 'FUSE_HAS_EXPIRE_ONLY', want: true, reason: 'entries can be expired without detaching mounts' },
  { flag: 'FUSE_DIRECT_IO_ALLOW_MMAP', want: true, reason: 'shared mappings of files opened for direct I/O' },
  { flag: 'FUSE_PASSTHROUGH', want: false, reason: 'the files are on another kernel' },
  {
    flag: 'FUSE_NO_EXPORT_SUPPORT',
    want: false,
    reason: 'the agent opens directories it announces for by file handle',
  },
  { flag: 'FUSE_HAS_RESEND', want: false, reason: 'requests are not yet repeated after a reconnect' },
  { flag: 'FUSE_ALLOW_IDMAP', want: false, reason: 'owners are mapped here' },
  { flag: 'FUSE_OVER_IO_URING', want: false, reason: 'a forwarding agent gains nothing by it' },
  { flag: 'FUSE_REQUEST_TIMEOUT', want: false, reason: 'a lock may be waited for without limit' },
];

/** Whether the guest's kernel is to open and close by itself: both files and directories, or neither. */
export function agreesNoOpen(policy: CachePolicy, offered: number): boolean {
  const both = (1 << InitFlag.FUSE_NO_OPEN_SUPPORT) | (1 << InitFlag.FUSE_NO_OPENDIR_SUPPORT);
  return policy.noOpen && (offered & both) === both;
}

/** The flag words of the INIT reply: what is wanted of what the kernel offers. */
export function agree(policy: CachePolicy, offered: number, offered2: number): { flags: number; flags2: number } {
  const terms = { ...policy, noOpen: agreesNoOpen(policy, offered) };
  let flags = 0;
  let flags2 = 0;
  for (const { flag, want } of capabilities) {
    if (!(typeof want === 'function' ? want(terms) : want)) continue;
    const bit = InitFlag[flag];
    if (bit < 32) flags |= offered & (1 << bit);
    else flags2 |= offered2 & (1 << (bit - 32));
  }
  return { flags: flags >>> 0, flags2: flags2 >>> 0 };
}
