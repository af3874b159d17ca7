import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('fsync of a FIFO is EINVAL', (place) => {
  sys.mkfifo(place.at('fifo'));
  const fd = sys.open(place.at('fifo'), C.O_RDWR);
  fails('EINVAL', () => sys.fsync(fd));
});
