import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('read at and beyond the end of the file returns nothing', (place) => {
  sys.writeFile(place.at('file'), 'abc');
  const fd = sys.open(place.at('file'), C.O_RDONLY);
  equal(sys.read(fd, 10).length, 3);
  equal(sys.read(fd, 10).length, 0);
  equal(sys.pread(fd, 10, 3).length, 0);
  equal(sys.pread(fd, 10, 1e12).length, 0);
});
