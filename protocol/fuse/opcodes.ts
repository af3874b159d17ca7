/**
 * Operation and notification codes of the FUSE protocol: `enum fuse_opcode` and `enum fuse_notify_code` of
 * `<linux/fuse.h>` 7.45, without their `FUSE_` and `FUSE_NOTIFY_` prefixes. 7 and 19 were never assigned.
 */
export const Opcode = {
  LOOKUP: 1,
  FORGET: 2,
  GETATTR: 3,
  SETATTR: 4,
  READLINK: 5,
  SYMLINK: 6,
  MKNOD: 8,
  MKDIR: 9,
  UNLINK: 10,
  RMDIR: 11,
  RENAME: 12,
  LINK: 13,
  OPEN: 14,
  READ: 15,
  WRITE: 16,
  STATFS: 17,
  RELEASE: 18,
  FSYNC: 20,
  SETXATTR: 21,
  GETXATTR: 22,
  LISTXATTR: 23,
  REMOVEXATTR: 24,
  FLUSH: 25,
  INIT: 26,
  OPENDIR: 27,
  READDIR: 28,
  RELEASEDIR: 29,
  FSYNCDIR: 30,
  GETLK: 31,
  SETLK: 32,
  SETLKW: 33,
  ACCESS: 34,
  CREATE: 35,
  INTERRUPT: 36,
  BMAP: 37,
  DESTROY: 38,
  IOCTL: 39,
  POLL: 40,
  NOTIFY_REPLY: 41,
  BATCH_FORGET: 42,
  FALLOCATE: 43,
  READDIRPLUS: 44,
  RENAME2: 45,
  LSEEK: 46,
  COPY_FILE_RANGE: 47,
  SETUPMAPPING: 48,
  REMOVEMAPPING: 49,
  SYNCFS: 50,
  TMPFILE: 51,
  STATX: 52,
  COPY_FILE_RANGE_64: 53,
} as const;

export type OpcodeName = keyof typeof Opcode;
export type OpcodeNumber = (typeof Opcode)[OpcodeName];

/** The highest assigned operation code: tables indexed by opcode have `OPCODE_MAX + 1` places. */
export const OPCODE_MAX = Opcode.COPY_FILE_RANGE_64;

/** Codes that share the number space but never reach a file system: character devices, and INIT in the wrong endianness. */
export const CUSE_INIT = 4096;
export const CUSE_INIT_BSWAP_RESERVED = 1_048_576;
export const FUSE_INIT_BSWAP_RESERVED = 436_207_616;

/** Notifications travel as replies with `unique` 0 and the code in the `error` field. */
export const Notify = {
  POLL: 1,
  INVAL_INODE: 2,
  INVAL_ENTRY: 3,
  STORE: 4,
  RETRIEVE: 5,
  DELETE: 6,
  RESEND: 7,
  INC_EPOCH: 8,
  PRUNE: 9,
} as const;

export type NotifyName = keyof typeof Notify;
export type NotifyNumber = (typeof Notify)[NotifyName];

const opcodeNames = new Map<number, string>([
  ...Object.entries(Opcode).map(([name, code]) => [code, name] as const),
  [CUSE_INIT, 'CUSE_INIT'],
]);

const notifyNames = new Map<number, string>(Object.entries(Notify).map(([name, code]) => [code, name]));

/** `LOOKUP`, or `OPCODE_<n>` for a number without a name. */
export function opcodeName(opcode: number): string {
  return opcodeNames.get(opcode) ?? `OPCODE_${opcode}`;
}

/** `INVAL_INODE`, or `NOTIFY_<n>` for a number without a name. */
export function notifyName(code: number): string {
  return notifyNames.get(code) ?? `NOTIFY_${code}`;
}
