import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('fsync of a file that has lost its name works', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.unlink(place.at('file'));
  sys.write(fd, 'x');
  sys.fsync(fd);
  equal(sys.fstat(fd).size, 1);
});
