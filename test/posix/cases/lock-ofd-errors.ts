import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('an open file description lock with a pid is EINVAL', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  fails('EINVAL', () => sys.setlk(fd, C.F_OFD_SETLK, { type: C.F_WRLCK, pid: 1 }));
  fails('EINVAL', () => sys.getlk(fd, C.F_OFD_GETLK, { type: C.F_WRLCK, pid: 1 }));
});
