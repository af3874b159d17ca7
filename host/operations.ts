/**
 * THE TABLE: one row per operation of the protocol, handled or refused with its reason. From it come the lane an
 * operation may arrive on, the read-only check, whether a node must be alive, statistics and traces.
 */
import { Errno } from '../protocol/errno.js';
import { OPCODE_MAX, Opcode, type OpcodeName } from '../protocol/fuse/opcodes.js';
import type { Context } from './context.js';
import { access } from './ops/access.js';
import { link, mkdir, mknod, symlink } from './ops/create.js';
import { opendir, readdir, readdirplus, releasedir } from './ops/directory.js';
import { getattr, statx } from './ops/getattr.js';
import { destroy, init } from './ops/init.js';
import { getlk, interrupt, setlk, setlkw } from './ops/locks.js';
import { batchForget, forget, lookup } from './ops/lookup.js';
import { create, open, release, tmpfile } from './ops/open.js';
import { readlink } from './ops/readlink.js';
import { rename, rename2, rmdir, unlink } from './ops/remove.js';
import { setattr } from './ops/setattr.js';
import { copyFileRange, fallocate, lseek } from './ops/space.js';
import { statfs } from './ops/statfs.js';
import { flush, fsync, fsyncdir, syncfs } from './ops/sync.js';
import { getxattr, listxattr, removexattr, setxattr } from './ops/xattr.js';
import type { Request } from './request.js';

/** (context, request) → length of the reply's payload, -errno, NO_REPLY or DEFERRED. */
export type Handler = (c: Context, r: Request) => number;

export interface Operation {
  readonly name: OpcodeName;
  /** the handler on the metadata lane; undefined: refused, or the data lane's */
  readonly handle?: Handler;
  /** arrives on the data lane, and only there */
  readonly data?: true;
  /** changes the share: EROFS on a read-only one */
  readonly changes?: true;
  /** opens or closes a file: may empty it, and its end is an event */
  readonly opens?: true;
  /** the header's nodeid must be alive; without it the field means nothing or may be forgotten already */
  readonly node?: true;
  readonly refused?: { readonly errno: number; readonly reason: string };
}

const NODE = { node: true } as const;
const CHANGE = { node: true, changes: true } as const;

function refuse(errno: number, reason: string): Pick<Operation, 'refused'> {
  return { refused: { errno, reason } };
}

const rows: readonly Operation[] = [
  { name: 'LOOKUP', handle: lookup, ...NODE },
  { name: 'FORGET', handle: forget, ...NODE },
  { name: 'GETATTR', handle: getattr, ...NODE },
  { name: 'SETATTR', handle: setattr, ...CHANGE },
  { name: 'READLINK', handle: readlink, ...NODE },
  { name: 'SYMLINK', handle: symlink, ...CHANGE },
  { name: 'MKNOD', handle: mknod, ...CHANGE },
  { name: 'MKDIR', handle: mkdir, ...CHANGE },
  { name: 'UNLINK', handle: unlink, ...CHANGE },
  { name: 'RMDIR', handle: rmdir, ...CHANGE },
  { name: 'RENAME', handle: rename, ...CHANGE },
  { name: 'LINK', handle: link, ...CHANGE },
  { name: 'OPEN', handle: open, ...NODE, opens: true },
  { name: 'READ', data: true },
  { name: 'WRITE', data: true, changes: true },
  { name: 'STATFS', handle: statfs },
  { name: 'RELEASE', handle: release, opens: true },
  { name: 'FSYNC', handle: fsync, ...NODE },
  { name: 'SETXATTR', handle: setxattr, ...CHANGE },
  { name: 'GETXATTR', handle: getxattr, ...NODE },
  { name: 'LISTXATTR', handle: listxattr, ...NODE },
  { name: 'REMOVEXATTR', handle: removexattr, ...CHANGE },
  { name: 'FLUSH', handle: flush, ...NODE },
  { name: 'INIT', handle: init },
  { name: 'OPENDIR', handle: opendir, ...NODE },
  { name: 'READDIR', handle: readdir, ...NODE },
  { name: 'RELEASEDIR', handle: releasedir },
  { name: 'FSYNCDIR', handle: fsyncdir, ...NODE },
  { name: 'GETLK', handle: getlk, ...NODE },
  { name: 'SETLK', handle: setlk, ...NODE },
  { name: 'SETLKW', handle: setlkw, ...NODE },
  { name: 'ACCESS', handle: access, ...NODE },
  { name: 'CREATE', handle: create, ...CHANGE },
  { name: 'INTERRUPT', handle: interrupt },
  { name: 'BMAP', ...refuse(Errno.ENOSYS, 'there is no block device behind a share') },
  { name: 'DESTROY', handle: destroy },
  { name: 'IOCTL', ...refuse(Errno.ENOSYS, "a host file system's ioctls are not the guest's; the kernel says ENOTTY") },
  { name: 'POLL', ...refuse(Errno.ENOSYS, 'regular files are always ready; the kernel then answers poll itself') },
  { name: 'NOTIFY_REPLY', ...refuse(Errno.ENOSYS, 'answers FUSE_NOTIFY_RETRIEVE, which is never sent') },
  { name: 'BATCH_FORGET', handle: batchForget },
  { name: 'FALLOCATE', handle: fallocate, ...CHANGE },
  { name: 'READDIRPLUS', handle: readdirplus, ...NODE },
  { name: 'RENAME2', handle: rename2, ...CHANGE },
  { name: 'LSEEK', handle: lseek, ...NODE },
  { name: 'COPY_FILE_RANGE', handle: copyFileRange, ...CHANGE },
  { name: 'SETUPMAPPING', ...refuse(Errno.ENOSYS, 'DAX is not offered') },
  { name: 'REMOVEMAPPING', ...refuse(Errno.ENOSYS, 'DAX is not offered') },
  { name: 'SYNCFS', handle: syncfs },
  { name: 'TMPFILE', handle: tmpfile, ...CHANGE },
  { name: 'STATX', handle: statx, ...NODE },
  { name: 'COPY_FILE_RANGE_64', handle: copyFileRange, ...CHANGE },
];

/** By opcode; holes where no operation has that number (ENOSYS, as for everything a newer kernel may send). */
export const operations: readonly (Operation | undefined)[] = Object.freeze(
  rows.reduce(
    (table, row) => {
      table[Opcode[row.name]] = Object.freeze(row);
      return table;
    },
    new Array<Operation | undefined>(OPCODE_MAX + 1).fill(undefined),
  ),
);
