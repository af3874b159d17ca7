import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour(
  'an open file description lock goes with the last descriptor, also an inherited one',
  (place) => {
    const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
    const child = place.peer({ inherit: [fd] });
    const twin = sys.dup(fd);
    sys.ofdLock(fd, C.F_WRLCK);
    const other = sys.open(place.at('file'), C.O_RDWR);
    sys.close(fd);
    fails('EAGAIN', () => sys.ofdLock(other, C.F_RDLCK));
    sys.close(twin);
    fails('EAGAIN', () => sys.ofdLock(other, C.F_RDLCK));
    // The child shares the lock and can give it up.
    child.do('ofdLock', 3, C.F_RDLCK);
    sys.ofdLock(other, C.F_RDLCK);
    fails('EAGAIN', () => sys.ofdLock(other, C.F_WRLCK));
    child.do('close', 3);
    sys.ofdLock(other, C.F_WRLCK);
  },
);
