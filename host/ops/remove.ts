/** Operations that take a name away: UNLINK, RMDIR, RENAME, RENAME2. */
import { SELF } from '../../native/os.js';
import { Errno } from '../../protocol/errno.js';
import { fuse_rename_in, fuse_rename2_in } from '../../protocol/fuse/structs.js';
import { RENAME_EXCHANGE, RENAME_NOREPLACE, S_IFDIR } from '../../protocol/linux.js';
import type { Context } from '../context.js';
import { type Request, Violation } from '../request.js';

/** The object behind a name that is about to go: a descriptor (-1: none needed) and its node (-1: unknown). */
interface Victim {
  fd: number;
  slot: number;
}

const victim: Victim = { fd: -1, slot: -1 };

/**
 * Takes a descriptor of an object the guest knows before its name goes away, because that descriptor may be the only
 * way to it afterwards (a working directory, an O_PATH descriptor, a mapped file). Open handles serve as well.
 */
function hold(c: Context, base: number, name: number): number {
  victim.fd = -1;
  victim.slot = -1;
  const fd = c.withRetry(() => c.os.openObject(base, name));
  // Out of descriptors is no reason to refuse the removal: the object then ends with its name.
  if (fd < 0) return fd === -Errno.EMFILE || fd === -Errno.ENFILE ? 0 : fd;
  const slot = c.inspect.look(fd, SELF) < 0 ? -1 : c.known();
  if (slot < 0) {
    c.os.close(fd);
    return 0;
  }
  victim.fd = fd;
  victim.slot = slot;
  return 0;
}

/** The name is gone: the node keeps the descriptor if (base, name) was how it was reached. */
function buried(c: Context, parent: number, memory: Uint8Array, name: number, length: number): void {
  const { fd, slot } = victim;
  if (slot < 0) return;
  c.live?.relinked(slot, fd);
  if (c.nodes.nameLength[slot] > 0 && !c.nodes.hasName(slot, parent, memory, name, length)) {
    c.os.close(fd);
    return;
  }
  // By another name, so that what the guest does with it from now on is seen on the host under that one.
  if (c.live?.findOtherName(slot, parent, Buffer.from(memory.buffer, memory.byteOffset + name, length)) === true) {
    c.os.close(fd);
    return;
  }
  c.nodes.clearName(slot);
  if (c.nodes.handle[slot] >= 0 && !c.isDirectory(slot)) c.os.close(fd);
  else c.descriptors.keepOrphan(slot, fd);
}

function spared(c: Context): void {
  if (victim.fd >= 0) c.os.close(victim.fd);
}

function remove(c: Context, r: Request, directory: boolean): number {
  const length = r.nameLength(0);
  if (length < 0) return length;
  const base = c.directory(r.slot);
  if (base < 0) return base;
  const missing = hold(c, base, r.arg);
  if (missing < 0) return missing;
  const failed = directory ? c.os.rmdir(base, r.arg) : c.os.unlink(base, r.arg);
  if (failed < 0) {
    spared(c);
    return failed;
  }
  buried(c, r.slot, c.arena.memory, r.arg, length);
  c.live?.removed(r.slot, r.arg, length);
  return failed;
}

export function unlink(c: Context, r: Request): number {
  return remove(c, r, false);
}

export function rmdir(c: Context, r: Request): number {
  return remove(c, r, true);
}

export function rename(c: Context, r: Request): number {
  return move(c, r, fuse_rename_in.size, 0);
}

export function rename2(c: Context, r: Request): number {
  const flags = r.u32(fuse_rename2_in.at.flags);
  // RENAME_WHITEOUT would make a device node.
  if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) return -Errno.EINVAL;
  return move(c, r, fuse_rename2_in.size, flags);
}

function move(c: Context, r: Request, oldOff: number, flags: number): number {
  const oldLength = r.nameLength(oldOff);
  if (oldLength < 0) return oldLength;
  const newOff = oldOff + oldLength + 1;
  const newLength = r.nameLength(newOff);
  if (newLength < 0) return newLength;
  const toSlot = c.nodes.slotOf(r.u32(fuse_rename_in.at.newdir), r.u32(fuse_rename_in.at.newdir + 4));
  if (toSlot < 0) return -Errno.ESTALE;
  if (!c.isDirectory(r.slot) || !c.isDirectory(toSlot))
    throw new Violation('RENAME between nodes that are no directories');
  const from = c.directory(r.slot);
  if (from < 0) return from;
  const to = c.directory(toSlot);
  if (to < 0) return to;
  const oldName = r.arg + oldOff;
  const newName = r.arg + newOff;

  const missing = c.inspect.look(from, oldName);
  if (missing < 0) return missing;
  const moved = c.known();
  const movedIsDirectory = c.inspect.type === S_IFDIR;
  const target = hold(c, to, newName);
  if (target < 0 && target !== -Errno.ENOENT) return target;

  const failed = c.os.rename(from, oldName, to, newName, flags);
  // Two names of one inode: rename(2) succeeds and changes nothing.
  if (failed < 0 || (victim.slot >= 0 && victim.slot === moved)) {
    spared(c);
    return failed;
  }
  const memory = c.arena.memory;
  if (flags & RENAME_EXCHANGE) {
    if (victim.slot >= 0) {
      c.nodes.setName(victim.slot, r.slot, memory, oldName, oldLength);
      c.os.close(victim.fd);
    }
  } else {
    buried(c, toSlot, memory, newName, newLength);
  }
  // A hard link may be known to the guest by its other name: only then the node keeps it, and a lookup will settle it.
  if (
    moved >= 0 &&
    (movedIsDirectory || c.nodes.nameLength[moved] === 0 || c.nodes.hasName(moved, r.slot, memory, oldName, oldLength))
  )
    c.nodes.setName(moved, toSlot, memory, newName, newLength);
  if (c.live === undefined) return 0;
  if (flags & RENAME_EXCHANGE) c.live.exchanged(r.slot, oldName, oldLength, toSlot, newName, newLength);
  else if (c.inspect.look(to, newName) === 0) c.live.renamed(r.slot, oldName, oldLength, toSlot, newName, newLength);
  return 0;
}
