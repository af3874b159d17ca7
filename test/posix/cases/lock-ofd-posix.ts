import { behaviour, C, equal, fails, same, sys } from '../harness.js';

export default behaviour(
  'open file description locks and process locks conflict; F_GETLK says pid -1 on a plain disk',
  (place) => {
    const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
    sys.ofdLock(fd, C.F_WRLCK, 5, 10);
    const peer = place.peer();
    const theirs = peer.do('open', place.at('file'), C.O_RDWR);
    fails('EAGAIN', () => peer.do('lock', theirs, C.F_RDLCK));
    const found = peer.do('getlk', theirs, C.F_GETLK, { type: C.F_WRLCK });
    // A lock that FUSE asks for does not say which kind it is: the pid is who set it.
    const pid = place.hostKeepsLocks ? process.pid : -1;
    same([found.type, found.start, found.length, found.pid], [C.F_WRLCK, 5, 10, pid]);
    // Also within one process.
    const second = sys.open(place.at('file'), C.O_RDWR);
    fails('EAGAIN', () => sys.lock(second, C.F_RDLCK));
    sys.ofdLock(fd, C.F_UNLCK);
    peer.do('lock', theirs, C.F_WRLCK);
    // The FUSE client answers F_OFD_GETLK with the kind of lock that asked.
    const holder = place.hostKeepsLocks ? -1 : peer.pid;
    equal(sys.getlk(fd, C.F_OFD_GETLK, { type: C.F_WRLCK }).pid, holder);
    fails('EAGAIN', () => sys.ofdLock(fd, C.F_RDLCK));
  },
);
