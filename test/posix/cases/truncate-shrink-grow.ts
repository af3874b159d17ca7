import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('bytes cut off by truncate come back as zeros', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.write(fd, Buffer.alloc(10_000, 'x'));
  sameBytes(sys.pread(fd, 10_000, 0), Buffer.alloc(10_000, 'x'));
  sys.ftruncate(fd, 5);
  equal(sys.pread(fd, 100, 5).length, 0);
  sys.ftruncate(fd, 10_000);
  sameBytes(sys.pread(fd, 10_000, 0), Buffer.concat([Buffer.alloc(5, 'x'), Buffer.alloc(9_995)]));
});
