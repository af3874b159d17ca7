import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour(
  'open file description locks hold between a process here and one on the host',
  { needs: ['host', 'hostLocks'] },
  (place) => {
    const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
    const host = place.hostPeer();
    const theirs = host.do('open', place.hostAt('file'), C.O_RDWR);
    sys.ofdLock(fd, C.F_RDLCK, 0, 10);
    host.do('ofdLock', theirs, C.F_RDLCK, 0, 10);
    fails('EAGAIN', () => host.do('ofdLock', theirs, C.F_WRLCK, 0, 1));
    fails('EAGAIN', () => sys.ofdLock(fd, C.F_WRLCK, 0, 1));
    host.do('ofdLock', theirs, C.F_UNLCK, 0, 10);
    sys.ofdLock(fd, C.F_WRLCK, 0, 1);
  },
);
