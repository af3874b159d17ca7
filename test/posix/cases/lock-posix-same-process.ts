import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('locks of one process never conflict, through any descriptor', (place) => {
  const one = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  const two = sys.open(place.at('file'), C.O_RDWR);
  sys.lock(one, C.F_WRLCK);
  sys.lock(two, C.F_WRLCK);
  sys.lock(two, C.F_RDLCK, 0, 10);
  equal(sys.getlk(two, C.F_GETLK, { type: C.F_WRLCK }).type, C.F_UNLCK);
});
