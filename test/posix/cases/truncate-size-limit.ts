import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour('truncate beyond RLIMIT_FSIZE, or beyond what the file system holds, is EFBIG', (place) => {
  sys.writeFile(place.at('file'), 'abc');
  const fd = sys.open(place.at('file'), C.O_RDWR);
  sys.withFileSizeLimit(10_000, () => {
    fails('EFBIG', () => sys.truncate(place.at('file'), 10_001));
    fails('EFBIG', () => sys.ftruncate(fd, 10_001));
    sys.ftruncate(fd, 10_000);
  });
  fails('EFBIG', () => sys.ftruncate(fd, 2n ** 62n));
  equal(sys.fstat(fd).size, 10_000);
});
