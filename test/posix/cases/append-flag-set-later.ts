import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('F_SETFL turns O_APPEND on and off on an open descriptor', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.write(fd, '0123456789');
  sys.fcntl(fd, C.F_SETFL, C.O_APPEND);
  sys.lseek(fd, 0, C.SEEK_SET);
  sys.write(fd, 'end');
  sys.fcntl(fd, C.F_SETFL, 0);
  sys.pwrite(fd, 'AB', 0);
  sameBytes(sys.readFile(place.at('file')), 'AB23456789end');
});
