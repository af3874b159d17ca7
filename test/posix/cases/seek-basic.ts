import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('lseek from the start, the offset and the end', (place) => {
  sys.writeFile(place.at('file'), '0123456789');
  const fd = sys.open(place.at('file'), C.O_RDONLY);
  equal(sys.lseek(fd, 4, C.SEEK_SET), 4);
  equal(sys.lseek(fd, 3, C.SEEK_CUR), 7);
  equal(sys.lseek(fd, -5, C.SEEK_CUR), 2);
  equal(sys.lseek(fd, -1, C.SEEK_END), 9);
  equal(sys.lseek(fd, 100, C.SEEK_END), 110);
  equal(sys.lseek(fd, 2 ** 40, C.SEEK_SET), 2 ** 40);
});
