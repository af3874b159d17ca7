import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour('SEEK_DATA and SEEK_HOLE at or beyond the end are ENXIO; a file ends with a hole', (place) => {
  sys.writeFile(place.at('file'), 'abc');
  const fd = sys.open(place.at('file'), C.O_RDONLY);
  equal(sys.lseek(fd, 1, C.SEEK_HOLE), 3);
  equal(sys.lseek(fd, 1, C.SEEK_DATA), 1);
  fails('ENXIO', () => sys.lseek(fd, 3, C.SEEK_DATA));
  fails('ENXIO', () => sys.lseek(fd, 3, C.SEEK_HOLE));
  fails('ENXIO', () => sys.lseek(fd, 1e9, C.SEEK_DATA));
  equal(sys.lseek(fd, 0, C.SEEK_CUR), 1);
});
