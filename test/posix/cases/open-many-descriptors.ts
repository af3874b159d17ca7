import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('a file opened 200 times has 200 offsets and one content', (place) => {
  sys.writeFile(place.at('file'), 'x'.repeat(200));
  const fds = Array.from({ length: 200 }, () => sys.open(place.at('file'), C.O_RDWR));
  fds.forEach((fd, i) => {
    sys.lseek(fd, i, C.SEEK_SET);
  });
  fds.forEach((fd, i) => {
    sys.write(fd, String(i % 10));
  });
  sameBytes(sys.readFile(place.at('file')), Array.from({ length: 200 }, (_, i) => i % 10).join(''));
});
