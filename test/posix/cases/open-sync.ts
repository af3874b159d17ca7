import { behaviour, C, equal, sameBytes, sys } from '../harness.js';

export default behaviour('O_SYNC and O_DSYNC descriptors write like others', (place) => {
  for (const flag of [C.O_SYNC, C.O_DSYNC]) {
    const fd = sys.open(place.at(`f${flag}`), C.O_CREAT | C.O_RDWR | flag);
    equal(sys.write(fd, 'synchronous'), 11);
    equal(sys.fcntl(fd, C.F_GETFL) & flag, flag);
    sameBytes(sys.readFile(place.at(`f${flag}`)), 'synchronous');
  }
});
