import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('open of a socket node is ENXIO', (place) => {
  sys.mknod(place.at('socket'), C.S_IFSOCK | 0o600);
  fails('ENXIO', () => sys.open(place.at('socket'), C.O_RDONLY));
  fails('ENXIO', () => sys.open(place.at('socket'), C.O_RDWR));
});
