import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('a thousand files open at the same time keep a thousand contents', (place) => {
  const fds = Array.from({ length: 1000 }, (_, i) => sys.open(place.at(`f${i}`), C.O_CREAT | C.O_RDWR));
  fds.forEach((fd, i) => {
    sys.write(fd, `content ${i}`);
  });
  fds.forEach((fd, i) => {
    sameBytes(sys.pread(fd, 100, 0), `content ${i}`);
  });
  for (let i = 0; i < 1000; i += 99) sameBytes(sys.readFile(place.at(`f${i}`)), `content ${i}`);
});
