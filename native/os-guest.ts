/** The part of the seam that only a guest needs: Linux only (-ENOSYS elsewhere). The rules at the top of os.ts hold. */

/** Results of `announcerPush` besides -errno: it makes no sense; it is one more than may be under way. */
export const BAD_ANNOUNCEMENT = -10_002;
export const TOO_MANY_ANNOUNCEMENTS = -10_003;

/** Layout of what `announcerCounts` writes, each a u32. */
export const ANNOUNCER_COUNTS = {
  size: 28,
  /** notifications that the kernel took */
  written: 0,
  /** and those it had no use for */
  failed: 4,
  /** announcements that are not carried out yet; the one being carried out counts */
  waiting: 8,
  /** calls that were made */
  injected: 12,
  /** calls that failed: the kernel did not know the directory */
  stale: 16,
  /** … a mount was in the way */
  busy: 20,
  /** … all others */
  refused: 24,
} as const;

export interface GuestOs {
  /** Opens /dev/fuse, non-blocking. */
  fuseOpen(): number;
  /** Connects a stream socket to a port of another vsock context (2 = the host), 2 s at most; the (blocking) descriptor. */
  connectVsock(cid: number, port: number): number;
  /** dup3(2), close-on-exec: `onto`, which is open, becomes another name of what `fd` is; that becomes non-blocking. */
  duplicateOnto(fd: number, onto: number): number;
  /** A pipe: two s32 at outOff, the end to read from and the one to write to. */
  openPipe(outOff: number): number;
  /** A pseudoterminal of that size: two s32 at outOff, master and slave. */
  openTerminal(rows: number, columns: number, outOff: number): number;
  /** Its new size; the programs on it get SIGWINCH. */
  setTerminalSize(terminal: number, rows: number, columns: number): number;
  /** mount(2) of type fuse[.subtype]; all NUL-terminated: source, target, type, option string; flags MS_*. */
  mount(sourceOff: number, targetOff: number, typeOff: number, flags: number, optionsOff: number): number;
  /** umount2(2); flags MNT_DETACH=2, UMOUNT_NOFOLLOW=8. */
  unmount(targetOff: number, flags: number): number;
  /**
   * Shows a directory of the mount at `rootOff` at `targetOff` as well, read-only if `readOnly` is 1: a bind of its own, with the flags
   * of that mount. All NUL-terminated. `wayOff`: from the mount's root, relative, "" for itself; no symlink on it is followed. All or
   * nothing. -ELOOP, -ENOTDIR: a symlink or file is on the way; -EINVAL: so is "." or ".."; -ENOSYS: the kernel is older than 5.2.
   */
  bindDirectory(rootOff: number, wayOff: number, targetOff: number, readOnly: number): number;
  /**
   * Waits until /dev/fuse has a request, the lane has bytes, or the waker fired. Reads ONE request to fuseOff and/or
   * receives once to laneOff. Three s32 at resultOff: bytes of the request (0 = none, -errno, -ENODEV once unmounted),
   * bytes from the lane (0 = none, -errno, -ECONNRESET at end of stream), bytes of a WRITE that went straight to the lane
   * `bulk` (0 = none), where that is in shared memory and has the room, and the WRITE has `bulkLeast` bytes or more. Result 0, WOKEN or -errno. With capacity 0 a side
   * is not asked; without a bulk lane (0) every request is read. fuseCap: at least max_write + 4096. No request is taken
   * while one message's worth of earlier ones is kept for the lane. After about `milliseconds` without anything (-1: never) it
   * returns 0 with three zeros.
   */
  agentWait(
    fuseFd: number,
    lane: number,
    bulk: number,
    bulkLeast: number,
    fuseOff: number,
    fuseCap: number,
    laneOff: number,
    laneCap: number,
    resultOff: number,
    spinMicroseconds: number,
    milliseconds: number,
  ): number;
  /** write(2) of one reply to /dev/fuse. -ENOENT = the request was interrupted meanwhile; the caller ignores it. */
  fuseWrite(fuseFd: number, off: number, length: number): number;
  /**
   * A native thread that copies whole messages from the lane to /dev/fuse, and sends what the lane keeps. Signals
   * `wakerFd` when it ends by itself. It ends with the calling thread. Result: pump id. -EBUSY: the lane has one; -EINVAL:
   * its rings are smaller than its limit.
   */
  pumpStart(lane: number, fuseFd: number, wakerFd: number): number;
  /**
   * 0 while running; else why it ended: -ECONNRESET (end of stream), BAD_FRAME (also for a notification, unique 0, which
   * has no place on such a lane), -errno. It does not learn that the mount is gone; `agentWait` does.
   */
  pumpStatus(pump: number): number;
  /**
   * Replies to requests of the agent's own (protocol/behind.ts) are counted instead of given to the kernel. Waits until `count` of
   * them have come, modulo 2^32, the pump has ended, or `milliseconds` are over; u32 at outOff: how many have come. Result as
   * pumpStatus.
   */
  pumpSettle(pump: number, count: number, milliseconds: number, outOff: number): number;
  /** The oldest of them that was an error and was not told yet: {u64 unique, s32 error} at outOff (16 bytes). 1; 0 if none. */
  pumpFailure(pump: number, outOff: number): number;
  /** Ends and joins the thread; before the descriptors it works on are closed. */
  pumpStop(pump: number): number;
  /**
   * A native thread that carries out announcements (protocol/announce.ts) in their order: they can block on locks that a reply
   * releases. It works on a duplicate of the descriptor, and answers on `lane`; with lane 0 it takes notifications only.
   */
  announcerStart(fuseFd: number, lane: number): number;
  /** Copies one announcement and queues it. {@link BAD_ANNOUNCEMENT}, {@link TOO_MANY_ANNOUNCEMENTS} */
  announcerPush(announcer: number, off: number, length: number): number;
  /**
   * Makes injected calls possible, through a private view of what is mounted at `pointOff`: when that has just been mounted.
   * -EPERM where this process may not do that. The view keeps the superblock until it is released.
   */
  announcerOpen(announcer: number, pointOff: number): number;
  /**
   * The id (in /proc/self/mountinfo) of the public mount: the view is released once that mount is gone. `changedFd`: a waker that is
   * signalled whenever mounts come and go, as long as that one is there; -1: nobody wants to know.
   */
  announcerFollow(announcer: number, mountId: number, changedFd: number): number;
  /** How often mounts have come or gone since then, in all. */
  announcerChanges(announcer: number): number;
  /** Gives the view up, after the call that is being made; `wait` = 1 waits for that, and for the last write-back. */
  announcerRelease(announcer: number, wait: number): number;
  /** What the kernel's requests of injected calls have as their `pid`; 0: no calls can be injected. */
  announcerInjector(announcer: number): number;
  /** Layout {@link ANNOUNCER_COUNTS} at outOff. */
  announcerCounts(announcer: number, outOff: number): number;
  /** Drops what waits. A thread inside a call ends with it, at the latest when the mount is gone; never waits for it. */
  announcerStop(announcer: number): number;
  /** Descriptor received over a unix socket by SCM_RIGHTS (fusermount3's way of handing over /dev/fuse). */
  receiveDescriptor(socketFd: number): number;
  /** A connected AF_UNIX stream pair: two s32 at outOff. */
  socketPair(outOff: number): number;
  /** Connects a stream socket to a unix path; result the (blocking) descriptor. */
  connectUnix(pathOff: number): number;
}
