/**
 * The seam between osmofs and the operating system it runs on.
 *
 * Everything above this file speaks Linux numbers (errno, open flags, modes, rename and fallocate flags), because the
 * guest does; a platform folder translates. Every call is synchronous, takes integers only, never throws for a failed
 * system call and never allocates:
 *
 * - the result is `>= 0`, or `-errno` with Linux's errno number;
 * - `…Off` arguments are byte offsets into the arena of the calling thread (see {@link Os.attachArena}); what does not
 *   fit into the arena is refused with `-EFAULT` before any system call;
 * - names and paths are NUL-terminated bytes in the arena; a name is one path component unless said otherwise: a '/' in
 *   it or ".." is -EINVAL, more than 255 bytes -ENAMETOOLONG, "" -ENOENT;
 * - a wrong number of arguments, or one that is no 32-bit integer (signed or unsigned), throws a TypeError;
 * - 64-bit values travel through the arena, never through a JavaScript number;
 * - EINTR is retried, except where a lock wait is cancelled.
 *
 * A *target* is the pair (fd, nameOff): a name below a directory, never following a symlink in the last component, or,
 * with `nameOff` = {@link SELF}, the object that `fd` itself refers to.
 */
import type { GuestOs } from './os-guest.js';
import type { VsockOs } from './os-vsock.js';
import type { WatchOs } from './os-watch.js';

/** As `nameOff`: the object behind the descriptor itself. */
export const SELF = -1;

/** Result of the waiting calls: the control descriptor woke us, nothing else happened. Outside the range of errno. */
export const WOKEN = -10_000;

/** Result of the channel calls: the peer broke the framing (a length below a header or above the limit). */
export const BAD_FRAME = -10_001;

/**
 * Layout of the record that the `stat…` calls write: a `fuse_attr` (88 bytes, `<linux/fuse.h>`, with the host's ino,
 * uid, gid and mode) followed by what FUSE does not carry.
 */
export const STAT = {
  size: 120,
  /** offset of the embedded `struct fuse_attr` */
  attr: 0,
  /** u64 device number, opaque */
  dev: 88,
  /** s64 birth time, seconds; only from `statBirth` */
  btime: 96,
  /** u32 birth time, nanoseconds */
  btimeNsec: 104,
  /** u32, 1 if the birth time is known */
  hasBtime: 108,
  /** u64, reserved, zero */
  reserved: 112,
} as const;

/** Layout of what `fileSystemOf` writes. */
export const FILE_SYSTEM = {
  size: 32,
  /** u32 f_type of statfs(2), a number of `<linux/magic.h>`; 0 on macOS */
  magic: 0,
  /** u32, 1 if its data are on this machine: macOS's MNT_LOCAL; 0 on Linux, which does not say */
  local: 4,
  /** f_fstypename of macOS ("apfs"), NUL-terminated; "" on Linux */
  name: 8,
} as const;

/** Layout of the times argument of `utimens`: twice {s64 sec, u32 nsec, u32 how}. */
export const TIMES = { size: 32, atime: 0, mtime: 16, SET: 0, NOW: 1, OMIT: 2 } as const;

/** Operations of the slow pool. The pool sends the FUSE reply itself. */
export const SlowOp = {
  /** fsync(2) of slot A; on macOS F_FULLFSYNC */
  FSYNC: 1,
  /** fdatasync(2) of slot A; on macOS F_BARRIERFSYNC */
  FDATASYNC: 2,
  /** syncfs(2) of slot A */
  SYNCFS: 3,
  /** fallocate(2) of slot A: args u64 offset, u64 length, u64 mode */
  FALLOCATE: 4,
  /** copy_file_range(2), slot A to B, 256 MiB at most: args u64 offsetIn, offsetOut, length; replies fuse_write_out */
  COPY_RANGE: 5,
  /** waits for an OFD lock on descriptor A (not a slot; duplicated): args = fuse_file_lock; see `laneCancel` */
  LOCK_WAIT: 6,
  /** waits for flock(2) on slot A: args u64 operation (LOCK_SH=1, LOCK_EX=2); see `laneCancel` */
  FLOCK_WAIT: 7,
  /** pread of slot A: args u64 offset, u64 length; replies the bytes */
  READ: 8,
  /** fsync of the descriptor A (not a slot), which is closed afterwards */
  FSYNC_FD: 9,
  /** statfs of the descriptor A (not a slot, not closed; the caller keeps it open): replies fuse_statfs_out */
  STATFS_FD: 10,
  /** syncfs of the descriptor A (not a slot), which is closed afterwards */
  SYNCFS_FD: 11,
} as const;

export interface Os extends GuestOs, VsockOs, WatchOs {
  readonly platform: 'linux' | 'darwin';

  // -- memory ------------------------------------------------------------------------------------------------------
  /** A page-aligned buffer of `bytes` (rounded up to pages), zeroed lazily by the system, freed after the last user. */
  createArena(bytes: number): ArrayBuffer;
  /** Makes `arena`, one of `createArena`, the arena of the calling thread; held until the thread ends. One per thread. */
  attachArena(arena: ArrayBuffer): void;

  /** Gives back memory that only the start of the process needed; once, when it serves. Result 0. */
  releaseStartMemory(): number;
  /** From now on the calling thread lets metadata lanes go before it where they compete for processors. */
  standBack(): number;

  // -- the handle table of a mount: descriptors that two lanes and the slow pool use at once ------------------------
  /**
   * A table of `count` empty slots in the addon's own memory, for the whole process. Result: its id; the table lives until
   * `slotsDestroy`, the end of the thread that made it, and the last attached thread and pool operation are all past;
   * descriptors still in it are closed then.
   */
  slotsCreate(count: number): number;
  /** Makes the table the one of the calling thread; once per thread. -ENOENT if there is no such table, -EBUSY if the
   * thread has another one. */
  slotsAttach(table: number): number;
  slotsDestroy(table: number): number;
  /** Puts a descriptor, owned by the slot from now on, into an empty slot; `flags` are the caller's own 31 bits. -EBUSY
   * while the slot is in use or its last pins are still out: take another one. */
  slotOpen(slot: number, generation: number, fd: number, flags: number): number;
  /**
   * As `slotOpen`, for a file that is found by its nodeid (two words, not 0) as well. `flags`: their lowest two bits are Linux's
   * O_ACCMODE.
   */
  slotOpenNode(slot: number, generation: number, fd: number, flags: number, nodeLo: number, nodeHi: number): number;
  /** Keeps the descriptor open until the matching `slotUnpin`. Result: the descriptor; -EBADF if the slot is empty,
   * closing, or holds another generation. Callable from each lane at any time. */
  slotPin(slot: number, generation: number): number;
  /**
   * As `slotPin`, for whoever knows the nodeid only and has been told of a slot that may be its: -EBADF unless the slot is open
   * for this very node, and its access mode allows reading or (`writing` = 1) writing.
   */
  slotPinNode(slot: number, nodeLo: number, nodeHi: number, writing: number): number;
  /** The last unpin of a closing slot closes the descriptor. */
  slotUnpin(slot: number): number;
  /** The `flags` of slotOpen; -EBADF as above. */
  slotFlags(slot: number, generation: number): number;
  /** How many operations are under way: pins, and the close that follows the last. -EBADF: there is no such slot. */
  slotPins(slot: number): number;
  /** No new pins; closes now (result 1) or with the last pin (result 0). -EBADF as above. */
  slotClose(slot: number, generation: number): number;
  /** As `slotClose`, but only if the slot is not pinned; else nothing happens, and the result is 0. */
  slotCloseIdle(slot: number, generation: number): number;

  // -- descriptors -------------------------------------------------------------------------------------------------
  /**
   * Opens a share root by absolute path (symlinks followed): a directory descriptor good for `…At` calls and stat.
   * -EOPNOTSUPP on Linux without /proc, which the calls on object descriptors need.
   */
  openRoot(pathOff: number): number;
  /** Opens a child directory for use as a base of further calls (Linux O_PATH). ELOOP for a symlink, ENOTDIR. */
  openDirectory(dirfd: number, nameOff: number): number;
  /** A reference to an object of any type, never followed, never read: Linux O_PATH|O_NOFOLLOW. */
  openObject(dirfd: number, nameOff: number): number;
  /** Opens a regular file or directory for I/O; adds O_NOFOLLOW|O_CLOEXEC|O_NONBLOCK. `flags`: Linux O_*, may create. */
  openFile(dirfd: number, nameOff: number, flags: number, mode: number): number;
  /** A new open file description of the object behind `fd` (Linux: through /proc/self/fd). `flags`: Linux O_*. */
  reopen(fd: number, flags: number): number;
  /** An unnamed file in the directory (Linux O_TMPFILE); -EOPNOTSUPP where the system has none. */
  openTemporary(dirfd: number, flags: number, mode: number): number;
  close(fd: number): number;
  /** Duplicates with close-on-exec. */
  duplicate(fd: number): number;
  /** Absolute path of what `fd` refers to now, written at outOff without NUL; result is its length. */
  pathOf(fd: number, outOff: number, capacity: number): number;
  /** Soft limit of open descriptors after raising it as far as allowed. */
  raiseDescriptorLimit(): number;

  // -- looking -----------------------------------------------------------------------------------------------------
  /** fstatat(2) of a target into a {@link STAT} record. */
  stat(fd: number, nameOff: number, outOff: number): number;
  /** As `stat`, with the birth time (Linux statx). */
  statBirth(fd: number, nameOff: number, outOff: number): number;
  /** readlinkat(2) of a target; result is the length, no NUL. */
  readlink(fd: number, nameOff: number, outOff: number, capacity: number): number;
  /** faccessat(2) with effective ids on a target; mask R=4 W=2 X=1 F=0. */
  access(fd: number, nameOff: number, mask: number): number;
  /** statfs into a `struct fuse_kstatfs` (80 bytes). */
  statfs(fd: number, outOff: number): number;
  /** Which file system `fd` is on: layout {@link FILE_SYSTEM}. */
  fileSystemOf(fd: number, outOff: number): number;
  /**
   * The mounted file systems this process sees, oldest first as far as the system knows it: of each the type ("ext4", "apfs")
   * and the mount point, both NUL-terminated. Result: bytes written, -ERANGE if they do not fit. Asks no file system.
   */
  fileSystems(outOff: number, capacity: number): number;
  /**
   * Reads directory entries as `struct fuse_dirent` records (24-byte header, name, padding to 8), starting at the u64
   * cookie at `cookieOff` (0 = start, else the `off` of the last entry taken). Returns bytes written, 0 at the end,
   * -EINVAL if not even one entry fits. "." and ".." are included where the system gives them. Never splits a record.
   */
  readDirectory(fd: number, cookieOff: number, outOff: number, capacity: number): number;

  // -- changing the tree -------------------------------------------------------------------------------------------
  /** `mode` with type S_IFREG, S_IFIFO or S_IFSOCK only; others -EPERM. Fails with EEXIST if the name exists. */
  mknod(dirfd: number, nameOff: number, mode: number): number;
  mkdir(dirfd: number, nameOff: number, mode: number): number;
  symlink(contentOff: number, dirfd: number, nameOff: number): number;
  unlink(dirfd: number, nameOff: number): number;
  rmdir(dirfd: number, nameOff: number): number;
  /** renameat2(2); flags Linux RENAME_NOREPLACE=1, RENAME_EXCHANGE=2; RENAME_WHITEOUT -EINVAL. */
  rename(fromDir: number, fromNameOff: number, toDir: number, toNameOff: number, flags: number): number;
  /** Links the very object behind `fd` (an object descriptor or an open file) to a new name. */
  link(fd: number, toDir: number, toNameOff: number): number;

  // -- changing an object: fd is an object descriptor or an open file, never a name -------------------------------
  chmod(fd: number, mode: number): number;
  /** `uid`/`gid` = 0xffffffff leaves that one alone. */
  chown(fd: number, uid: number, gid: number): number;
  /** `timesOff`: layout {@link TIMES}. */
  utimens(fd: number, timesOff: number): number;
  /** ftruncate(2) of a file open for writing; u64 size at sizeOff. */
  truncate(fd: number, sizeOff: number): number;
  /** lseek(2) with Linux whence numbers (SEEK_DATA=3, SEEK_HOLE=4); offset read from and written back to offsetOff. */
  seek(fd: number, offsetOff: number, whence: number): number;

  // -- extended attributes; targets as above; attribute names NUL-terminated ---------------------------------------
  /** Result is the size; capacity 0 asks for the size only. Works on a name below a directory without opening it. */
  getxattr(fd: number, nameOff: number, attributeOff: number, outOff: number, capacity: number): number;
  /** flags: Linux XATTR_CREATE=1, XATTR_REPLACE=2. */
  setxattr(fd: number, nameOff: number, attributeOff: number, valueOff: number, length: number, flags: number): number;
  listxattr(fd: number, nameOff: number, outOff: number, capacity: number): number;
  removexattr(fd: number, nameOff: number, attributeOff: number): number;

  // -- locks (fuse_file_lock at lockOff: u64 start, u64 end inclusive, u32 type F_RDLCK=0 F_WRLCK=1 F_UNLCK=2, u32 pid)
  /** F_OFD_GETLK: rewrites the record with the conflicting lock, or type F_UNLCK. */
  lockTest(fd: number, lockOff: number): number;
  /** F_OFD_SETLK, never waits: -EAGAIN on conflict. */
  lockSet(fd: number, lockOff: number): number;
  /** flock(2) with LOCK_NB always added: LOCK_SH=1 LOCK_EX=2 LOCK_UN=8. -EAGAIN on conflict. */
  flock(fd: number, operation: number): number;

  // -- bytes -------------------------------------------------------------------------------------------------------
  /** pread(2); u64 position at positionOff. Short only at the end of the file. */
  pread(fd: number, outOff: number, length: number, positionOff: number): number;
  /** pwrite(2), all of it or what fitted; `append` = 1 appends at the host's end of file whatever the position. */
  pwrite(fd: number, inOff: number, length: number, positionOff: number, append: number): number;

  // -- waking a thread that waits in a channel call -----------------------------------------------------------------
  /** A control descriptor (Linux eventfd): one waiting thread, any number of wakers. */
  wakerCreate(): number;
  wakerSignal(fd: number): number;
  /** Takes the signal back; result 1 if there was one. */
  wakerDrain(fd: number): number;

  // -- a lane: one stream socket carrying FUSE messages; process-wide id, usable from several threads --------------
  //
  // One thread, the *owner*, waits on a lane (laneExchange, laneReplyRead, laneReceiveWrite, agentWait); its waker
  // interrupts the waits. Sending never waits for the peer: what the socket does not take at once is kept, whole messages in
  // order, and leaves while the owner waits on the lane (or its pump runs). Only when more than 16 messages of the
  // largest size are kept does a sending call wait for room. So WOKEN never tears a message: what was to be sent is
  // sent or kept. A lane ends with the thread that created it, if it was not closed before.
  /**
   * Takes ownership of a connected stream socket, unless the result is an error (it is set non-blocking). `wakerFd`
   * interrupts the waits and stays the caller's; `limit` = largest legal message in bytes, 4 KiB … 64 MiB. Result: lane id.
   */
  laneCreate(socketFd: number, wakerFd: number, limit: number): number;
  /**
   * Moves a fresh lane of a unix socket into shared memory, for a guest on the same machine: makes two rings of `ringBytes`
   * (a power of two, 64 KiB … 64 MiB; at least the lane's limit where a pump will read), sends them over the socket with
   * one byte and uses them from now on; the socket only tells the end. -ENOTSUP for another socket, and where the system
   * cannot; unless the result is 0 the lane is unchanged.
   */
  laneShareOffer(lane: number, ringBytes: number): number;
  /** The other side of it; waits up to 10 s for the offer. -EPROTO, -ENOMSG if it is none, -ECONNRESET at the end. */
  laneShareAccept(lane: number): number;
  /**
   * Sends txLen bytes (whole messages), then receives what is there, at least one byte. Spins up to `spinMicroseconds`
   * before it blocks. Result: bytes received; 0 = end of stream; WOKEN; -errno. rxCap 0: as laneSend. The transmit part is
   * done unless the result is an error. Under traffic without a pause a signalled waker is noticed within 64 calls.
   */
  laneExchange(
    lane: number,
    txOff: number,
    txLen: number,
    rxOff: number,
    rxCap: number,
    spinMicroseconds: number,
  ): number;
  /** Sends whole messages, from any thread. 0, WOKEN (sent or kept, but the lane is congested) or -errno. */
  laneSend(lane: number, off: number, length: number): number;
  /**
   * Answers a READ: reads from `fd` (a pinned slot's) and sends fuse_out_header + bytes, above 32 KiB without copying
   * them where the system can (splice). u64 unique at uniqueOff, u64 position at positionOff. Short only at the end of the
   * file. Result 0, WOKEN (answered, but the lane is congested) or -errno of the *socket*; a failed read has been
   * answered with its errno, one longer than the lane's limit with EINVAL.
   */
  laneReplyRead(lane: number, fd: number, uniqueOff: number, positionOff: number, length: number): number;
  /**
   * Receives and writes the rest of a WRITE whose first `have` payload bytes are at payloadOff: writes those, then
   * streams `length - have` more from the lane to the file through scratch memory at payloadOff (room for
   * min(length, 256 KiB) there; nothing behind that is touched). With `append` = 1 all of it is one append. After a
   * failed write the rest is received and dropped; fd -1 drops everything. Result: bytes written, or -errno of the write
   * if nothing was written. At statusOff {s32 status, u32 received, s32 failure}: the state of the lane, 0 = all received, else WOKEN,
   * -ECONNRESET (end of stream) or -errno; how many of the `length - have` bytes were taken from it; and why fewer bytes than
   * received were written, 0 or -errno. After WOKEN
   * everything received has been written: go on with have = 0, length reduced by have + received, position moved as far.
   */
  laneReceiveWrite(
    lane: number,
    fd: number,
    payloadOff: number,
    have: number,
    length: number,
    positionOff: number,
    append: number,
    statusOff: number,
  ): number;
  /**
   * Hands an operation of {@link SlowOp} to the pool, which answers it on the lane (fuse_out_header with the errno, or
   * with its reply struct) and then unpins the slots. u64 unique at uniqueOff, three u64 arguments at argsOff. The caller
   * has pinned slot `a` (and `b`) of the attached table; unused ones are -1. A lock wait beyond 256 in the process is
   * answered ENOLCK. 0; -EAGAIN when 1024 of this lane wait already; -EBADF, -EINVAL. Unless it is 0 nothing happened, and
   * pins and descriptors are still the caller's.
   */
  laneSubmit(lane: number, op: number, uniqueOff: number, a: number, b: number, argsOff: number): number;
  /**
   * INTERRUPT: cancels a queued operation or a lock wait of that unique: 1 if found, else 0. It is answered EINTR, or 0
   * if it had got its lock by then: exactly once.
   */
  laneCancel(lane: number, uniqueOff: number): number;
  /**
   * Takes the LOCK_WAITs of this lane that have ended since the last call, oldest first, as records {u64 unique, s32 result
   * (0 or -errno), u32 zero} at outOff: the lane's own bookkeeping learns of them before the guest can ask again. Result:
   * number of records, at most capacity / 16; the rest stays for the next call.
   */
  laneTakeFinished(lane: number, outOff: number, capacity: number): number;
  /** Operations of this lane that the pool has: queued, running, waiting for locks. */
  lanePending(lane: number): number;
  /** Shuts the socket down both ways, from any thread: every waiter and the peer see the end. Idempotent. */
  laneShutdown(lane: number): number;
  /**
   * Shuts down, drops the lane's queued operations and cancels its lock waits, unanswered, waits for the running ones,
   * closes the socket. The id is dead afterwards. WOKEN: not yet done, call again (drain the waker before).
   */
  laneClose(lane: number): number;
}
