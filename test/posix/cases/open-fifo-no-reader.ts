import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('open of a FIFO for writing with O_NONBLOCK and no reader is ENXIO', (place) => {
  sys.mkfifo(place.at('fifo'));
  fails('ENXIO', () => sys.open(place.at('fifo'), C.O_WRONLY | C.O_NONBLOCK));
  sys.open(place.at('fifo'), C.O_RDONLY | C.O_NONBLOCK);
  sys.open(place.at('fifo'), C.O_WRONLY | C.O_NONBLOCK);
});
