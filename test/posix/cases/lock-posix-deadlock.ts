import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('two processes that would wait for each other: the second one gets EDEADLK', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  sys.lock(fd, C.F_WRLCK, 0, 1);
  peer.do('lock', theirs, C.F_WRLCK, 1, 1);
  const waiting = peer.start('lockWait', theirs, C.F_WRLCK, 0, 1);
  waiting.blocked('fcntl', place.barrier);
  fails('EDEADLK', () => sys.lockWait(fd, C.F_WRLCK, 1, 1));
  sys.lock(fd, C.F_UNLCK, 0, 1);
  waiting.finish();
});
