import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour('a write near the largest offset is EFBIG and leaves the size', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  fails('EFBIG', () => sys.pwrite(fd, 'x', 2n ** 62n));
  equal(sys.fstat(fd).size, 0);
});
