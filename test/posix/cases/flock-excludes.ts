import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('flock: one exclusive or many shared, EAGAIN with LOCK_NB', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDONLY);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDONLY);
  sys.flock(fd, C.LOCK_SH);
  peer.do('flock', theirs, C.LOCK_SH);
  fails('EAGAIN', () => sys.flock(fd, C.LOCK_EX | C.LOCK_NB));
  peer.do('flock', theirs, C.LOCK_UN);
  // man 2 flock: a failed conversion may have lost the lock that was held
  sys.flock(fd, C.LOCK_EX | C.LOCK_NB);
  fails('EAGAIN', () => peer.do('flock', theirs, C.LOCK_SH | C.LOCK_NB));
  sys.flock(fd, C.LOCK_SH);
  peer.do('flock', theirs, C.LOCK_SH | C.LOCK_NB);
});
