import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour(
  'flock goes with the last descriptor, also an inherited one, and with the process',
  (place) => {
    const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
    sys.flock(fd, C.LOCK_EX);
    const child = place.peer({ inherit: [fd] });
    const other = sys.open(place.at('file'), C.O_RDWR);
    sys.close(fd);
    fails('EAGAIN', () => sys.flock(other, C.LOCK_EX | C.LOCK_NB));
    child.kill();
    sys.flock(other, C.LOCK_EX | C.LOCK_NB);
  },
);
