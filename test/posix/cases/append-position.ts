import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('O_APPEND writes at the end, wherever the offset is, and leaves the offset there', (place) => {
  sys.writeFile(place.at('file'), 'start');
  const fd = sys.open(place.at('file'), C.O_RDWR | C.O_APPEND);
  sys.lseek(fd, 0, C.SEEK_SET);
  sys.write(fd, ' one');
  equal(sys.lseek(fd, 0, C.SEEK_CUR), 9);
  sys.lseek(fd, 2, C.SEEK_SET);
  sameBytes(sys.read(fd, 3), 'art');
  // pwrite(2), BUGS: Linux appends whatever the position
  sys.pwrite(fd, ' two', 0);
  sameBytes(sys.readFile(place.at('file')), 'start one two');
});
