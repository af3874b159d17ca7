import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('flock with an unknown operation is EINVAL, on an O_PATH descriptor EBADF', (place) => {
  sys.writeFile(place.at('file'));
  fails('EINVAL', () => sys.flock(sys.open(place.at('file'), C.O_RDONLY), 0));
  fails('EINVAL', () => sys.flock(sys.open(place.at('file'), C.O_RDONLY), C.LOCK_SH | C.LOCK_EX));
  fails('EBADF', () => sys.flock(sys.open(place.at('file'), C.O_PATH), C.LOCK_SH));
});
