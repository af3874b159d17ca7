import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour('lseek before the start or with an unknown whence is EINVAL, on a FIFO ESPIPE', (place) => {
  sys.writeFile(place.at('file'), 'abc');
  sys.mkfifo(place.at('fifo'));
  const fd = sys.open(place.at('file'), C.O_RDONLY);
  const fifo = sys.open(place.at('fifo'), C.O_RDWR);
  sys.lseek(fd, 1, C.SEEK_SET);
  fails('EINVAL', () => sys.lseek(fd, -1, C.SEEK_SET));
  fails('EINVAL', () => sys.lseek(fd, -2, C.SEEK_CUR));
  fails('EINVAL', () => sys.lseek(fd, -4, C.SEEK_END));
  fails('EINVAL', () => sys.lseek(fd, 0, 99));
  equal(sys.lseek(fd, 0, C.SEEK_CUR), 1);
  fails('ESPIPE', () => sys.lseek(fifo, 0, C.SEEK_SET));
  fails('ESPIPE', () => sys.pread(fifo, 1, 0));
});
