/**
 * The part of the seam that a virtio-vsock device for QEMU needs (vhost-user): Linux only, -ENOSYS elsewhere. The rules at the
 * top of os.ts hold. One thread uses a device.
 */

/** What `vsockWatch` and `vsockWait` speak of: EPOLL… of `<sys/epoll.h>`. EDGE reports a change once. */
export const WATCH = { IN: 1, OUT: 4, ERROR: 8, HANGUP: 0x10, READ_HANGUP: 0x2000, EDGE: 0x80000000 } as const;

/** In the result of `vsockFill`: the socket has no more at the moment. */
export const DRAINED = 0x40000000;

/** In the result of `vsockWait`: it has slept, however shortly. What it found by looking it has not slept for. */
export const SLEPT = 0x40000000;

export interface VsockOs {
  /** A device without a front end, which also waits for the waker. Result: its id. It ends with the calling thread. */
  vsockCreate(wakerFd: number): number;
  vsockDestroy(device: number): number;
  /** A listening unix socket (mode 0600, non-blocking) on a path that must not exist. */
  vsockListen(pathOff: number, backlog: number): number;
  /** -EAGAIN if nobody has connected. Descriptors of these three are non-blocking. */
  vsockAccept(listenerFd: number): number;
  /** Connects to a unix socket without waiting; -EAGAIN when its queue is full. */
  vsockDial(pathOff: number): number;
  /** recv(2): bytes, 0 at the end, -EAGAIN. */
  vsockRead(fd: number, off: number, capacity: number): number;
  /** shutdown(2): SHUT_RD=0, SHUT_WR=1, SHUT_RDWR=2. */
  vsockShutdown(fd: number, how: number): number;
  /** Closes a socket and forgets what was to be sent to it. */
  vsockClose(device: number, fd: number): number;
  /** What `vsockWait` reports of a descriptor: bits of {@link WATCH}; 0 = no longer. */
  vsockWatch(device: number, fd: number, events: number): number;
  /**
   * First signals the guest what is done. Then waits until a watched descriptor has an event (records {s32 fd, u32 events}
   * at outOff, at most `capacity`, 256), a ring has what is wanted (bit 1: packets, bit 2: room for some), the waker has
   * fired, or the time is over (-1: never); spins up to `spinMicroseconds` before it blocks. Result: number of records
   * (0: look at the rings), with the bit {@link SLEPT} or not; WOKEN or -errno.
   */
  vsockWait(
    device: number,
    outOff: number,
    capacity: number,
    want: number,
    spinMicroseconds: number,
    timeoutMilliseconds: number,
  ): number;
  /** One vhost-user message whole; {s32 count, s32 descriptors[8]} at filesOff. Bytes; 0 at the end; -EAGAIN; -EMSGSIZE. */
  vhostReceive(socketFd: number, off: number, capacity: number, filesOff: number): number;
  vhostSend(socketFd: number, off: number, length: number): number;
  /**
   * Maps the guest's memory: `count` regions {u64 guest, size, user, offset} of as many s32 descriptors, which stay the
   * caller's. -ERANGE if a file is shorter than its region.
   */
  vhostMemory(device: number, regionsOff: number, count: number, filesOff: number): number;
  /** Lets go of the guest's pages that this process has touched, until they are next used: they count as its memory. */
  vhostMemoryRelease(device: number): number;
  /**
   * Starts ring 0 (to the guest) or 1 (from it): {u64 descriptors, available, used (front end's addresses), u32 size, base}.
   * -EINVAL for an impossible size, -EFAULT for an address outside the memory.
   */
  vhostRingStart(device: number, index: number, recordOff: number, eventIndex: number, indirect: number): number;
  /** Result: the index to go on with. With `forget` = 1 the ring's eventfds go. */
  vhostRingStop(device: number, index: number, forget: number): number;
  /** The eventfd of the driver's notifications, owned by the device from now on; -1: none. */
  vhostRingKick(device: number, index: number, fd: number): number;
  /** The eventfd of ours, the same way. */
  vhostRingCall(device: number, index: number, fd: number): number;
  /** Why a ring is out of use since its driver broke the rules: a sentence at outOff; result its length, 0: none is. */
  vhostBroken(device: number, outOff: number, capacity: number): number;
  /**
   * The guest's next packet; the one before is given back to it. 44 bytes of header at headerOff; result: bytes that follow
   * in its buffers. -EAGAIN: none; -EPROTO: the ring is broken. A buffer too short for a header gives one of zeros.
   */
  vsockNext(device: number, headerOff: number): number;
  /** Sends the first bytes of that packet's payload to a socket, once. Result: bytes kept for `vsockFlush`; -errno. */
  vsockDeliver(device: number, fd: number, length: number): number;
  /** Sends what is kept for a socket; bytes sent, -errno. */
  vsockFlush(device: number, fd: number): number;
  /** A packet without payload to the guest. -EAGAIN: it has given no buffer; -EPROTO. */
  vsockPut(device: number, headerOff: number): number;
  /**
   * Moves at most `limit` bytes from a socket to the guest, as packets with this header (its length filled in). Result: bytes,
   * with the bit {@link DRAINED} if it has no more; 0 at the end of the stream; -EAGAIN; -ENOBUFS: the guest has given
   * no buffer; -EPROTO.
   */
  vsockFill(device: number, fd: number, headerOff: number, limit: number): number;
}
