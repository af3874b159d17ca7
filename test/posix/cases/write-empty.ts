import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('a write of no bytes returns 0 and changes nothing', (place) => {
  sys.writeFile(place.at('file'), 'abc');
  sys.utimens(place.at('file'), 1n, 1n);
  const fd = sys.open(place.at('file'), C.O_RDWR);
  equal(sys.write(fd, ''), 0);
  equal(sys.pwrite(fd, '', 1000), 0);
  const after = sys.fstat(fd);
  equal(after.size, 3);
  equal(after.mtime, 1n);
});
