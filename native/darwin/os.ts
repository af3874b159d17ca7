/**
 * macOS behind the seam. Flags that are plain arguments are translated here; errno numbers in the addon, by the table it
 * is given, because it also writes them into replies; what travels in memory records, in C++ where it is read.
 */
import { Errno } from '../../protocol/errno.js';
import type { Addon } from '../addon.js';
import type { Os } from '../os.js';
import { errnoTable } from './errno.js';
import { openFlagsToDarwin, renameFlagsToDarwin, whenceToDarwin, xattrFlagsToDarwin } from './flags.js';

/** macOS is never the guest: there is no /dev/fuse to serve. */
const notHere = () => -Errno.ENOSYS;

export function darwin(addon: Addon): Os {
  addon.setErrnoTable(errnoTable);
  return {
    platform: 'darwin',
    ...addon,
    openFile: (dirfd, nameOff, flags, mode) => {
      const own = openFlagsToDarwin(flags);
      return own < 0 ? own : addon.openFile(dirfd, nameOff, own, mode);
    },
    reopen: (fd, flags) => {
      const own = openFlagsToDarwin(flags);
      return own < 0 ? own : addon.reopen(fd, own);
    },
    // No O_TMPFILE; a name that is unlinked at once would be seen by the host's watchers and could be opened.
    openTemporary: () => -Errno.EOPNOTSUPP,
    rename: (fromDir, fromNameOff, toDir, toNameOff, flags) => {
      const own = renameFlagsToDarwin(flags);
      return own < 0 ? own : addon.rename(fromDir, fromNameOff, toDir, toNameOff, own);
    },
    seek: (fd, offsetOff, whence) => {
      const own = whenceToDarwin(whence);
      return own < 0 ? own : addon.seek(fd, offsetOff, own);
    },
    setxattr: (fd, nameOff, attributeOff, valueOff, length, flags) => {
      const own = xattrFlagsToDarwin(flags);
      return own < 0 ? own : addon.setxattr(fd, nameOff, attributeOff, valueOff, length, own);
    },
    fuseOpen: notHere,
    connectVsock: notHere,
    duplicateOnto: notHere,
    openPipe: notHere,
    openTerminal: notHere,
    setTerminalSize: notHere,
    mount: notHere,
    unmount: notHere,
    bindDirectory: notHere,
    agentWait: notHere,
    fuseWrite: notHere,
    pumpStart: notHere,
    pumpStatus: notHere,
    pumpStop: notHere,
    announcerStart: notHere,
    announcerPush: notHere,
    announcerOpen: notHere,
    announcerFollow: notHere,
    announcerChanges: notHere,
    announcerRelease: notHere,
    announcerInjector: notHere,
    announcerCounts: notHere,
    announcerStop: notHere,
    // The vsock device serves QEMU on Linux; macOS's hypervisors bring their own.
    vsockCreate: notHere,
    vsockDestroy: notHere,
    vsockListen: notHere,
    vsockAccept: notHere,
    vsockDial: notHere,
    vsockRead: notHere,
    vsockShutdown: notHere,
    vsockClose: notHere,
    vsockWatch: notHere,
    vsockWait: notHere,
    vhostReceive: notHere,
    vhostSend: notHere,
    vhostMemory: notHere,
    vhostMemoryRelease: notHere,
    vhostRingStart: notHere,
    vhostRingStop: notHere,
    vhostRingKick: notHere,
    vhostRingCall: notHere,
    vhostBroken: notHere,
    vsockNext: notHere,
    vsockDeliver: notHere,
    vsockFlush: notHere,
    vsockPut: notHere,
    vsockFill: notHere,
    // FSEvents instead, host/watch/darwin.
    inotifyCreate: notHere,
    inotifyAdd: notHere,
    inotifyRemove: notHere,
    inotifyQueueStart: notHere,
    inotifyQueueDrain: notHere,
    inotifyQueueForeign: notHere,
    inotifyQueueMark: notHere,
    inotifyQueueUnmark: notHere,
    inotifyQueueStatistics: notHere,
    inotifyQueueStop: notHere,
  };
}
