/** READ and WRITE: the data lane's two operations. They need a handle's descriptor and nothing of the tree. */
import { OWN_REQUEST } from '../../protocol/behind.js';
import { FUSE_WRITE_CACHE, FUSE_WRITE_KILL_SUIDGID } from '../../protocol/fuse/flags.js';
import { fuse_in_header, fuse_read_in, fuse_write_in, fuse_write_out } from '../../protocol/fuse/structs.js';
import { O_APPEND } from '../../protocol/linux.js';
import { MAX_IO, SMALL } from '../arena.js';
import type { DataContext } from '../data-lane.js';
import { Access } from '../held/shared.js';
import { DEFERRED, type Request, Violation } from '../request.js';

const READ = fuse_read_in.at;
const WRITE = fuse_write_in.at;
/** offset of a WRITE's payload in its message */
export const WRITE_PAYLOAD = fuse_in_header.size + fuse_write_in.size;

/** READ: the addon sends the reply itself, without a copy where it can. A short reply means end of file. */
export function read(c: DataContext, r: Request): number {
  const size = r.u32(READ.size);
  if (size > MAX_IO) throw new Violation(`READ of ${size} bytes`);
  const slot = c.pin(r, READ.fh, Access.READ);
  if (slot < 0) return slot;
  const failed = c.os.laneReplyRead(c.lane, c.fd, r.uniqueOff, r.arg + READ.offset, size);
  c.os.slotUnpin(slot);
  c.bytesRead += size;
  return failed < 0 ? c.laneFailed(failed) : DEFERRED;
}

/**
 * WRITE: `have` bytes of the payload have been received behind the arguments, the rest streams from the lane to the file.
 *
 * O_APPEND is obeyed here, with the file's end as the host sees it: the guest's idea of the size may be older. Not for
 * FUSE_WRITE_CACHE, a write-back of mapped pages, whose handle is any that can write.
 */
export function write(c: DataContext, r: Request, have: number): number {
  const size = r.u32(WRITE.size);
  const flags = r.u32(WRITE.write_flags);
  const append = (r.u32(WRITE.flags) & O_APPEND) !== 0 && (flags & FUSE_WRITE_CACHE) === 0 ? 1 : 0;
  const slot = c.pin(r, WRITE.fh, Access.WRITE);
  // Without a descriptor the payload still has to be taken off the lane: descriptor -1 fails the write and drops the rest.
  const fd = slot < 0 ? -1 : c.fd;
  if (fd >= 0) c.writes.begin(slot);
  const written = c.os.laneReceiveWrite(
    c.lane,
    fd,
    r.at + WRITE_PAYLOAD,
    have,
    size,
    r.arg + WRITE.offset,
    append,
    SMALL,
  );
  let result = fd < 0 ? slot : written;
  if (fd >= 0) {
    if (written > 0 && flags & FUSE_WRITE_KILL_SUIDGID) {
      const failed = c.ownership.killSetId(fd, -1);
      // The bytes are written; that the bits stayed must not be hidden, as a program may rely on their going.
      if (failed < 0) result = failed;
    }
    const end = c.written(slot, fd);
    // Something of somebody else's lies where the guest has its own bytes now, in the pages that it keeps.
    if (append && written > 0 && c.noOpen && end !== r.wide(WRITE.offset) + written) c.misplaced(r);
    c.os.slotUnpin(slot);
  }
  const lane = c.arena.signed[SMALL >> 2];
  // Whoever wrote it has been told that all of it was.
  const failure = c.arena.signed[(SMALL >> 2) + 2];
  if (failure < 0 && (r.words[(r.uniqueOff >> 2) + 1] & OWN_REQUEST) !== 0) result = failure;
  if (lane !== 0) c.laneFailed(lane);
  if (result < 0) return result;
  c.bytesWritten += result;
  c.arena.words[r.out >> 2] = result;
  c.arena.words[(r.out >> 2) + 1] = 0;
  return fuse_write_out.size;
}
