/**
 * The memory of a lane worker: one page-aligned arena that the addon reads and writes, cut into fixed regions. Pages that
 * are never touched cost nothing, so the regions are sized for the largest message.
 */
import type { Os } from '../native/os.js';

/** Payload of the largest READ or WRITE: max_pages 256 of 4 KiB. */
export const MAX_IO = 1 << 20;
/** Longest legal message in either direction: MAX_IO plus room for headers, as /dev/fuse counts it. */
export const MAX_MESSAGE = MAX_IO + 4096;

const PAGE = 4096;
export const RX = 0;
export const RX_SIZE = MAX_MESSAGE + PAGE;
/** Replies are gathered here; a reply is at most MAX_MESSAGE. */
export const TX = RX + RX_SIZE;
export const TX_SIZE = MAX_MESSAGE + 64 * 1024;
const SCRATCH = TX + TX_SIZE;
/** STAT record of the last look. */
export const STAT_AT = SCRATCH;
/** STAT record of a second object (a parent directory). */
export const PARENT_STAT_AT = SCRATCH + 128;
/** times, locks, offsets: small records of single calls */
export const SMALL = SCRATCH + 256;
/** one name of a node and its NUL */
export const NAME = SCRATCH + 512;
/** another one, for calls with two nodes */
export const NAME2 = SCRATCH + 1024;
export const PATH = SCRATCH + PAGE;
export const PATH_SIZE = PAGE;
export const OWNERSHIP = SCRATCH + 2 * PAGE;
export const OWNERSHIP_SIZE = 2 * PAGE;
/** attribute lists, directory blocks: 64 KiB as the largest xattr (XATTR_SIZE_MAX, XATTR_LIST_MAX) */
export const BLOCK = SCRATCH + 4 * PAGE;
export const BLOCK_SIZE = 64 * 1024;
/** events of the host, as they are drained; at the beginning the table of mounted file systems */
export const FEED = BLOCK + BLOCK_SIZE;
export const FEED_SIZE = 128 * 1024;
export const ARENA_SIZE = FEED + FEED_SIZE;

export interface Arena {
  readonly memory: Uint8Array;
  readonly words: Uint32Array;
  readonly signed: Int32Array;
  readonly view: DataView;
}

/** Makes the arena of the calling thread. */
export function openArena(os: Os): Arena {
  const buffer = os.createArena(ARENA_SIZE);
  os.attachArena(buffer);
  return {
    memory: new Uint8Array(buffer),
    words: new Uint32Array(buffer),
    signed: new Int32Array(buffer),
    view: new DataView(buffer),
  };
}
