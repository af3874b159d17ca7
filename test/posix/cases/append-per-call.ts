import { behaviour, C, sameBytes, sys } from '../harness.js';

export default behaviour('pwritev2 with RWF_APPEND appends once on an ordinary descriptor', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.write(fd, '0123456789');
  sys.pwritev2(fd, ['e', 'nd'], 0, C.RWF_APPEND);
  sys.pwritev2(fd, ['AB'], 0, C.RWF_DSYNC);
  sameBytes(sys.readFile(place.at('file')), 'AB23456789end');
});
