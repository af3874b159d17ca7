import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour(
  'a lock waited for here is granted when the process on the host gives it up, and the other way round',
  { needs: ['host', 'hostLocks'] },
  (place) => {
    const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
    const here = place.peer();
    const hereFd = here.do('open', place.at('file'), C.O_RDWR);
    const host = place.hostPeer();
    const hostFd = host.do('open', place.hostAt('file'), C.O_RDWR);
    host.do('lock', hostFd, C.F_WRLCK);
    const waiting = here.start('lockWait', hereFd, C.F_WRLCK);
    waiting.blocked('fcntl', place.barrier);
    host.do('lock', hostFd, C.F_UNLCK);
    waiting.finish();
    const back = host.start('lockWait', hostFd, C.F_RDLCK);
    back.blocked('fcntl', place.barrier);
    here.do('close', hereFd);
    back.finish();
    fails('EAGAIN', () => sys.lock(fd, C.F_WRLCK));
  },
);
