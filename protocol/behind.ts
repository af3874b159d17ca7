/**
 * Write-behind: an agent that may do so acknowledges small WRITEs itself, gathers adjacent ones, and sends them later as WRITEs of its
 * own on the data lane. The host does not treat them otherwise, but answers them by their whole: what could not be written
 * in full is an error, since whoever wrote it has been told that it was.
 */

/**
 * In the upper half of the `unique` of a request that an agent makes by itself. The kernel counts its own up from 2 (fs/fuse/dev.c,
 * fuse_get_unique) and does not get there.
 */
export const OWN_REQUEST = 0x8000_0000;

/**
 * In the upper half of an fh: the daemon wants each WRITE of this open file at once, as a stricter mount rules it. The rest of an fh is
 * nobody's business but the daemon's.
 */
export const WRITE_THROUGH = 0x8000_0000;
