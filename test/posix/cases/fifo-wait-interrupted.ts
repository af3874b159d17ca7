import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('an open of a FIFO that waits ends with EINTR at a signal', (place) => {
  sys.mkfifo(place.at('fifo'));
  const peer = place.peer();
  const opening = peer.start('open', place.at('fifo'), C.O_RDONLY);
  opening.blocked('openat', place.barrier);
  peer.signal('SIGUSR1');
  fails('EINTR', () => opening.finish());
});
