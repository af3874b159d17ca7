import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('reads and writes beyond 4 GiB find their place', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  const base = 5 * 2 ** 30;
  sys.pwrite(fd, 'beyond', base);
  sys.pwrite(fd, 'low', base - 2 ** 32);
  sys.lseek(fd, base + 6, C.SEEK_SET);
  sys.write(fd, ' and on');
  equal(sys.fstat(fd).size, base + 13);
  sameBytes(sys.pread(fd, 100, base), 'beyond and on');
  sameBytes(sys.pread(fd, 3, base - 2 ** 32), 'low');
  sameBytes(sys.pread(fd, 4, 2 ** 32), '\0\0\0\0');
});
