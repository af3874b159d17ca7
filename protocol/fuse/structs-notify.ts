/** What follows the `fuse_out_header` of a notification, and what the kernel sends back for RETRIEVE. */

import { s64, struct, u32, u64 } from '../struct.js';

export const fuse_notify_poll_wakeup_out = struct('fuse_notify_poll_wakeup_out', { kh: u64 });

/** `off` < 0: attributes only; `len` <= 0: to the end of the file. */
export const fuse_notify_inval_inode_out = struct('fuse_notify_inval_inode_out', { ino: u64, off: s64, len: s64 });

/** The name and a NUL follow; `namelen` counts without the NUL. */
export const fuse_notify_inval_entry_out = struct('fuse_notify_inval_entry_out', {
  parent: u64,
  namelen: u32,
  flags: u32,
});

/** The name and a NUL follow; `namelen` counts without the NUL. */
export const fuse_notify_delete_out = struct('fuse_notify_delete_out', {
  parent: u64,
  child: u64,
  namelen: u32,
  padding: u32,
});

/** `size` bytes follow. */
export const fuse_notify_store_out = struct('fuse_notify_store_out', {
  nodeid: u64,
  offset: u64,
  size: u32,
  padding: u32,
});

export const fuse_notify_retrieve_out = struct('fuse_notify_retrieve_out', {
  notify_unique: u64,
  nodeid: u64,
  offset: u64,
  size: u32,
  padding: u32,
});

/** Same size as `fuse_write_in`; `size` bytes follow. Travels with opcode NOTIFY_REPLY. */
export const fuse_notify_retrieve_in = struct('fuse_notify_retrieve_in', {
  dummy1: u64,
  offset: u64,
  size: u32,
  dummy2: u32,
  dummy3: u64,
  dummy4: u64,
});

/** `count` node ids (u64) follow. */
export const fuse_notify_prune_out = struct('fuse_notify_prune_out', { count: u32, padding: u32, spare: u64 });
