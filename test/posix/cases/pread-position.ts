import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('pread and pwrite neither use nor move the offset', (place) => {
  sys.writeFile(place.at('file'), '0123456789');
  const fd = sys.open(place.at('file'), C.O_RDWR);
  sys.lseek(fd, 2, C.SEEK_SET);
  sameBytes(sys.pread(fd, 3, 5), '567');
  equal(sys.pwrite(fd, 'XY', 0), 2);
  sameBytes(sys.read(fd, 3), '234');
});
