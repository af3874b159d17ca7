import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('F_SETLKW ends with EINTR at a signal and leaves no lock behind', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.lock(fd, C.F_WRLCK);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  const waiting = peer.start('lockWait', theirs, C.F_WRLCK);
  waiting.blocked('fcntl', place.barrier);
  peer.signal('SIGUSR1');
  fails('EINTR', () => waiting.finish());
  sys.lock(fd, C.F_UNLCK);
  const third = place.peer();
  third.do('lock', third.do('open', place.at('file'), C.O_RDWR), C.F_WRLCK);
});
