import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour('a write beyond RLIMIT_FSIZE is short, then EFBIG', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.withFileSizeLimit(10_000, () => {
    equal(sys.pwrite(fd, Buffer.alloc(4000, 'x'), 8000), 2000);
    fails('EFBIG', () => sys.pwrite(fd, 'x', 10_000));
    equal(sys.pwrite(fd, 'inside', 0), 6);
  });
  equal(sys.fstat(fd).size, 10_000);
});
