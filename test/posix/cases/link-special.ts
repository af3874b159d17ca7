import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('FIFOs and socket nodes can have several names', (place) => {
  sys.mkfifo(place.at('fifo'));
  sys.mknod(place.at('socket'), C.S_IFSOCK | 0o600);
  for (const name of ['fifo', 'socket']) {
    sys.link(place.at(name), place.at(`${name}2`));
    equal(sys.stat(place.at(`${name}2`)).nlink, 2);
    equal(sys.stat(place.at(`${name}2`)).ino, sys.stat(place.at(name)).ino);
  }
});
