import { behaviour, C, equal, sameBytes, sys, truthy } from '../harness.js';

export default behaviour('truncate to a larger size adds zeros, and no blocks', { needs: ['hostHoles'] }, (place) => {
  sys.writeFile(place.at('file'), 'abc');
  sys.truncate(place.at('file'), 10 << 20);
  equal(sys.stat(place.at('file')).size, 10 << 20);
  truthy(sys.stat(place.at('file')).blocks < 1000, 'a sparse file has few blocks');
  const fd = sys.open(place.at('file'), C.O_RDONLY);
  sameBytes(sys.pread(fd, 5, 0), 'abc\0\0');
  sameBytes(sys.pread(fd, 100, (10 << 20) - 50), Buffer.alloc(50));
});
