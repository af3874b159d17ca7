import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('a directory can be locked with flock', (place) => {
  sys.mkdir(place.at('dir'));
  const fd = sys.open(place.at('dir'), C.O_RDONLY | C.O_DIRECTORY);
  sys.flock(fd, C.LOCK_EX);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('dir'), C.O_RDONLY | C.O_DIRECTORY);
  fails('EAGAIN', () => peer.do('flock', theirs, C.LOCK_SH | C.LOCK_NB));
  sys.close(fd);
  peer.do('flock', theirs, C.LOCK_EX | C.LOCK_NB);
});
