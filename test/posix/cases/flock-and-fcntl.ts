import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour('flock and fcntl locks do not see each other', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.flock(fd, C.LOCK_EX);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  peer.do('lock', theirs, C.F_WRLCK);
  equal(peer.do('getlk', theirs, C.F_GETLK, { type: C.F_WRLCK }).type, C.F_UNLCK);
  fails('EAGAIN', () => peer.do('flock', theirs, C.LOCK_SH | C.LOCK_NB));
});
