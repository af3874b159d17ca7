import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('open file description locks exclude each other within one process', (place) => {
  const one = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  const two = sys.open(place.at('file'), C.O_RDWR);
  sys.ofdLock(one, C.F_WRLCK, 0, 10);
  fails('EAGAIN', () => sys.ofdLock(two, C.F_RDLCK, 5, 10));
  sys.ofdLock(two, C.F_WRLCK, 10, 10);
  const twin = sys.dup(one);
  sys.ofdLock(twin, C.F_RDLCK, 0, 10);
  sys.ofdLock(two, C.F_RDLCK, 0, 10);
});
