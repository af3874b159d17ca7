import { behaviour, C, equal, sys } from '../harness.js';

export default behaviour('FIFOs and socket nodes have times that can be set', (place) => {
  sys.mkfifo(place.at('fifo'));
  sys.mknod(place.at('socket'), C.S_IFSOCK | 0o600);
  for (const name of ['fifo', 'socket']) {
    sys.utimens(place.at(name), 123_456_789_012n, 234_567_890_123n);
    equal(sys.stat(place.at(name)).atime, 123_456_789_012n);
    equal(sys.stat(place.at(name)).mtime, 234_567_890_123n);
  }
});
