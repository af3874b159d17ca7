/** Numbers of `<linux/fuse.h>` 7.45 that are neither operation codes nor flags. */

/** The version this mirror describes; 7.31 is the oldest that a supported guest kernel (5.4) speaks. */
export const FUSE_KERNEL_VERSION = 7;
export const FUSE_KERNEL_MINOR_VERSION = 45;

/** Node id of the root of a mount. */
export const FUSE_ROOT_ID = 1;

/** A read of /dev/fuse with a smaller buffer than this (and than header + max_write) fails with EINVAL. */
export const FUSE_MIN_READ_BUFFER = 8192;

// Sizes of structs as older protocol versions, or peers that did not agree on an extension, send them.
export const FUSE_COMPAT_ENTRY_OUT_SIZE = 120;
export const FUSE_COMPAT_ATTR_OUT_SIZE = 96;
export const FUSE_COMPAT_MKNOD_IN_SIZE = 8;
export const FUSE_COMPAT_WRITE_IN_SIZE = 24;
export const FUSE_COMPAT_STATFS_SIZE = 48;
/** What SETXATTR carries unless FUSE_SETXATTR_EXT was agreed. */
export const FUSE_COMPAT_SETXATTR_IN_SIZE = 8;
export const FUSE_COMPAT_INIT_OUT_SIZE = 8;
export const FUSE_COMPAT_22_INIT_OUT_SIZE = 24;

/** `fuse_ext_header.type`: up to this it counts security contexts. */
export const FUSE_MAX_NR_SECCTX = 31;
/** `fuse_ext_header.type` of `fuse_supp_groups`. */
export const FUSE_EXT_GROUPS = 32;

/** Bit number in `unique` (with FUSE_HAS_RESEND): the kernel sends this request a second time. */
export const FUSE_UNIQUE_RESEND_BIT = 63;
/** `uid`/`gid` of a request header whose ids cannot be mapped (with FUSE_ALLOW_IDMAP). */
export const FUSE_INVALID_UIDGID = 0xffff_ffff;

export const FUSE_IOCTL_MAX_IOV = 256;
export const CUSE_INIT_INFO_MAX = 4096;

// ioctl(2) requests of /dev/fuse
export const FUSE_DEV_IOC_MAGIC = 229;
export const FUSE_DEV_IOC_CLONE = 0x8004_e500;
export const FUSE_DEV_IOC_BACKING_OPEN = 0x4010_e501;
export const FUSE_DEV_IOC_BACKING_CLOSE = 0x4004_e502;
export const FUSE_DEV_IOC_SYNC_INIT = 0xe503;

export const FUSE_URING_IN_OUT_HEADER_SZ = 128;
export const FUSE_URING_OP_IN_OUT_SZ = 128;

/** Commands of IORING_OP_URING_CMD on /dev/fuse (`enum fuse_uring_cmd`). */
export const FUSE_IO_URING_CMD_INVALID = 0;
export const FUSE_IO_URING_CMD_REGISTER = 1;
export const FUSE_IO_URING_CMD_COMMIT_AND_FETCH = 2;
