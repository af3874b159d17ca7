import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('flock belongs to the open file description: two opens conflict, a dup shares', (place) => {
  const one = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  const two = sys.open(place.at('file'), C.O_RDWR);
  sys.flock(one, C.LOCK_EX);
  fails('EAGAIN', () => sys.flock(two, C.LOCK_SH | C.LOCK_NB));
  const twin = sys.dup(one);
  sys.flock(twin, C.LOCK_EX | C.LOCK_NB);
  sys.flock(twin, C.LOCK_UN);
  sys.flock(two, C.LOCK_EX | C.LOCK_NB);
});
