import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('flock waits until it is granted, and ends with EINTR at a signal', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.flock(fd, C.LOCK_EX);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  let waiting = peer.start('flock', theirs, C.LOCK_SH);
  waiting.blocked('flock', place.barrier);
  peer.signal('SIGUSR1');
  fails('EINTR', () => waiting.finish());
  waiting = peer.start('flock', theirs, C.LOCK_EX);
  waiting.blocked('flock', place.barrier);
  sys.flock(fd, C.LOCK_UN);
  waiting.finish();
  fails('EAGAIN', () => sys.flock(fd, C.LOCK_SH | C.LOCK_NB));
});
