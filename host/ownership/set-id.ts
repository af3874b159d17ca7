/** When set-id bits go away, as the kernel decides it for local file systems (chown(2), write(2), inode(7)). */
import { S_IFDIR, S_IFMT, S_IFREG, S_ISGID, S_ISUID, S_IXGRP } from '../../protocol/linux.js';

/** Permission bits after a chown of an object of that type (`mode` with S_IFMT). Directories keep theirs. */
export function afterChown(mode: number, permissions: number): number {
  return (mode & S_IFMT) === S_IFDIR ? permissions : withoutSetId(permissions);
}

/** Permission bits after a write or truncation by somebody without CAP_FSETID. Only regular files have contents. */
export function afterWrite(mode: number, permissions: number): number {
  return (mode & S_IFMT) === S_IFREG ? withoutSetId(permissions) : permissions;
}

/** S_ISGID without group execution is no set-group-id but, by an old convention, mandatory locking: it stays. */
function withoutSetId(permissions: number): number {
  const kept = permissions & ~S_ISUID;
  return (kept & S_IXGRP) !== 0 ? kept & ~S_ISGID : kept;
}
