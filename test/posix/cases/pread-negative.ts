import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour('pread and pwrite at a negative position are EINVAL', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  fails('EINVAL', () => sys.pread(fd, 1, -1));
  fails('EINVAL', () => sys.pwrite(fd, 'x', -1));
  equal(sys.fstat(fd).size, 0);
});
