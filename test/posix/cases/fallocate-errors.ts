import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour('fallocate: EINVAL, EBADF, EOPNOTSUPP, EFBIG, ESPIPE', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.mkfifo(place.at('fifo'));
  fails('EINVAL', () => sys.fallocate(fd, 0, 0, 0));
  fails('EINVAL', () => sys.fallocate(fd, 0, -1, 10));
  fails('EINVAL', () => sys.fallocate(fd, 0, 0, -1));
  fails('EOPNOTSUPP', () => sys.fallocate(fd, C.FALLOC_FL_PUNCH_HOLE, 0, 10));
  fails('EOPNOTSUPP', () => sys.fallocate(fd, 0x4000, 0, 10));
  fails('EBADF', () => sys.fallocate(sys.open(place.at('file'), C.O_RDONLY), 0, 0, 10));
  fails('EFBIG', () => sys.fallocate(fd, 0, 2n ** 62n, 10));
  fails('ESPIPE', () => sys.fallocate(sys.open(place.at('fifo'), C.O_RDWR), 0, 0, 10));
  sys.withFileSizeLimit(10_000, () => fails('EFBIG', () => sys.fallocate(fd, 0, 0, 10_001)));
  equal(sys.fstat(fd).size, 0);
});
