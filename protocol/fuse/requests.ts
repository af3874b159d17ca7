/**
 * What a request looks like behind its `fuse_in_header`: one row per operation, and from the rows one check that every
 * length, count and NUL is where it must be. After it, a handler may read its arguments without looking at bounds.
 *
 * Sources: fs/fuse/{dir,file,xattr,inode,ioctl,dev}.c of Linux for the order of the parts, and captured messages
 * (test/wire).
 */

import type { Struct } from '../struct.js';
import { FUSE_COMPAT_SETXATTR_IN_SIZE } from './constants.js';
import { checkExtensions } from './extensions.js';
import { InitFlag } from './flags.js';
import { OPCODE_MAX, Opcode, type OpcodeName } from './opcodes.js';
import * as s from './structs.js';

/**
 * A part behind the fixed struct.
 * - `name`: bytes up to and including a NUL, at least one byte before it;
 * - `bytes`: as many as the u32 at `lengthAt` of the fixed struct says;
 * - `array`: `element` as many times as the u32 at `lengthAt` says.
 */
export type Part =
  | { readonly kind: 'name' }
  | { readonly kind: 'bytes'; readonly lengthAt: number }
  | { readonly kind: 'array'; readonly lengthAt: number; readonly element: Struct };

export interface RequestLayout {
  readonly opcode: number;
  readonly name: OpcodeName;
  /** The struct behind the header, if any. */
  readonly fixed: Struct | undefined;
  readonly parts: readonly Part[];
  /** Whether the kernel waits for an answer. Where it does not, any answer is an error. */
  readonly reply: boolean;
  /** Whether extensions may follow (`total_extlen`). */
  readonly extensions: boolean;
}

export interface RequestOptions {
  /** FUSE_SETXATTR_EXT was agreed: SETXATTR carries all 16 bytes of its struct. */
  readonly setxattrExt: boolean;
}

/** Bytes of the header before the arguments. */
export const HEADER = s.fuse_in_header.size;
/** What INIT carries at least; its struct grew in 7.36. */
const INIT_LEAST = s.fuse_init_in.at.flags2;

const NAME: Part = { kind: 'name' };
const NO_REPLY = { reply: false } as const;
const EXTENSIBLE = { extensions: true } as const;

function bytes(lengthAt: number): Part {
  return { kind: 'bytes', lengthAt };
}

function array(lengthAt: number, element: Struct): Part {
  return { kind: 'array', lengthAt, element };
}

type Row = [
  name: OpcodeName,
  fixed?: Struct | undefined,
  parts?: readonly Part[],
  options?: { reply?: boolean; extensions?: boolean },
];

const rows: readonly Row[] = [
  ['LOOKUP', undefined, [NAME]],
  ['FORGET', s.fuse_forget_in, [], NO_REPLY],
  ['GETATTR', s.fuse_getattr_in],
  ['SETATTR', s.fuse_setattr_in],
  ['READLINK'],
  ['SYMLINK', undefined, [NAME, NAME], EXTENSIBLE],
  ['MKNOD', s.fuse_mknod_in, [NAME], EXTENSIBLE],
  ['MKDIR', s.fuse_mkdir_in, [NAME], EXTENSIBLE],
  ['UNLINK', undefined, [NAME]],
  ['RMDIR', undefined, [NAME]],
  ['RENAME', s.fuse_rename_in, [NAME, NAME]],
  ['LINK', s.fuse_link_in, [NAME]],
  ['OPEN', s.fuse_open_in],
  ['READ', s.fuse_read_in],
  ['WRITE', s.fuse_write_in, [bytes(s.fuse_write_in.at.size)]],
  ['STATFS'],
  ['RELEASE', s.fuse_release_in],
  ['FSYNC', s.fuse_fsync_in],
  ['SETXATTR', s.fuse_setxattr_in, [NAME, bytes(s.fuse_setxattr_in.at.size)]],
  ['GETXATTR', s.fuse_getxattr_in, [NAME]],
  ['LISTXATTR', s.fuse_getxattr_in],
  ['REMOVEXATTR', undefined, [NAME]],
  ['FLUSH', s.fuse_flush_in],
  ['INIT', s.fuse_init_in],
  ['OPENDIR', s.fuse_open_in],
  ['READDIR', s.fuse_read_in],
  ['RELEASEDIR', s.fuse_release_in],
  ['FSYNCDIR', s.fuse_fsync_in],
  ['GETLK', s.fuse_lk_in],
  ['SETLK', s.fuse_lk_in],
  ['SETLKW', s.fuse_lk_in],
  ['ACCESS', s.fuse_access_in],
  ['CREATE', s.fuse_create_in, [NAME], EXTENSIBLE],
  ['INTERRUPT', s.fuse_interrupt_in, [], NO_REPLY],
  ['BMAP', s.fuse_bmap_in],
  ['DESTROY'],
  ['IOCTL', s.fuse_ioctl_in, [bytes(s.fuse_ioctl_in.at.in_size)]],
  ['POLL', s.fuse_poll_in],
  ['NOTIFY_REPLY', s.fuse_notify_retrieve_in, [bytes(s.fuse_notify_retrieve_in.at.size)], NO_REPLY],
  ['BATCH_FORGET', s.fuse_batch_forget_in, [array(s.fuse_batch_forget_in.at.count, s.fuse_forget_one)], NO_REPLY],
  ['FALLOCATE', s.fuse_fallocate_in],
  ['READDIRPLUS', s.fuse_read_in],
  ['RENAME2', s.fuse_rename2_in, [NAME, NAME]],
  ['LSEEK', s.fuse_lseek_in],
  ['COPY_FILE_RANGE', s.fuse_copy_file_range_in],
  ['SETUPMAPPING', s.fuse_setupmapping_in],
  ['REMOVEMAPPING', s.fuse_removemapping_in, [array(s.fuse_removemapping_in.at.count, s.fuse_removemapping_one)]],
  ['SYNCFS', s.fuse_syncfs_in],
  // The kernel gives an unnamed file the name "/".
  ['TMPFILE', s.fuse_create_in, [NAME], EXTENSIBLE],
  ['STATX', s.fuse_statx_in],
  ['COPY_FILE_RANGE_64', s.fuse_copy_file_range_in],
];

/** Layout by opcode; a hole where no operation has that number. */
export const requestLayouts: readonly (RequestLayout | undefined)[] = Object.freeze(
  rows.reduce(
    (table, [name, fixed, parts = [], options = {}]) => {
      const opcode = Opcode[name];
      const { reply = true, extensions = false } = options;
      table[opcode] = Object.freeze({ opcode, name, fixed, parts, reply, extensions });
      return table;
    },
    new Array<RequestLayout | undefined>(OPCODE_MAX + 1).fill(undefined),
  ),
);

/** Bytes of the fixed struct as this kernel sends it. INIT: the least. */
export function fixedSize(layout: RequestLayout, options: RequestOptions): number {
  if (layout.fixed === undefined) return 0;
  if (layout.opcode === Opcode.SETXATTR && !options.setxattrExt) return FUSE_COMPAT_SETXATTR_IN_SIZE;
  return layout.opcode === Opcode.INIT ? INIT_LEAST : layout.fixed.size;
}

/**
 * Checks one whole request of `length` bytes at `offset`. Allocates nothing when all is well.
 *
 * An opcode without a layout (a newer kernel's) passes if its header is right: nothing behind it is to be read, and
 * ENOSYS is its answer. Names are checked for their end only; what a name may hold is the handler's business.
 *
 * @returns 0, or what is wrong: the sender broke the protocol
 */
export function checkRequest(
  view: DataView,
  offset: number,
  length: number,
  opcode: number,
  options: RequestOptions,
): 0 | string {
  if (length < HEADER || offset < 0 || offset + length > view.byteLength) return 'shorter than a request header';
  if (view.getUint32(offset + s.fuse_in_header.at.len, true) !== length)
    return 'length in the header is not that of the message';
  if (view.getUint32(offset + s.fuse_in_header.at.opcode, true) !== opcode)
    return 'opcode in the header is another one';
  const layout = opcode <= OPCODE_MAX ? requestLayouts[opcode] : undefined;
  if (layout === undefined) return 0;
  let end = offset + length;
  const extensions = view.getUint16(offset + s.fuse_in_header.at.total_extlen, true) * 8;
  if (extensions !== 0) {
    if (!layout.extensions) return 'extensions where none are allowed';
    end -= extensions;
    if (end < offset + HEADER) return 'extensions longer than the message';
    const wrong = checkExtensions(view, end, offset + length);
    if (wrong !== 0) return wrong;
  }
  const fixed = offset + HEADER;
  let at = fixed + fixedSize(layout, options);
  if (at > end) return 'shorter than its arguments';
  if (opcode === Opcode.INIT) return checkInit(view, fixed, end);
  for (let index = 0; index < layout.parts.length; index++) {
    const part = layout.parts[index]!;
    const next = endOfPart(view, fixed, at, end, part);
    if (next < 0)
      return part.kind === 'name' ? 'a name without an end, or empty' : 'shorter than its count of bytes or items';
    at = next;
  }
  return at === end ? 0 : 'longer than its arguments';
}

/** Where the part ends, -1 if it is malformed or reaches past `end`. */
function endOfPart(view: DataView, fixed: number, at: number, end: number, part: Part): number {
  if (part.kind === 'name') {
    let nul = at;
    while (nul < end && view.getUint8(nul) !== 0) nul++;
    return nul === end || nul === at ? -1 : nul + 1;
  }
  const count = view.getUint32(fixed + part.lengthAt, true);
  const next = at + count * (part.kind === 'array' ? part.element.size : 1);
  return next > end ? -1 : next;
}

/** INIT is as long as the kernel's version of its struct, which later versions may lengthen. */
function checkInit(view: DataView, fixed: number, end: number): 0 | string {
  const flags = view.getUint32(fixed + s.fuse_init_in.at.flags, true);
  const extended = ((flags >>> InitFlag.FUSE_INIT_EXT) & 1) === 1;
  return extended && end - fixed < s.fuse_init_in.size ? 'an extended INIT without its extension' : 0;
}
