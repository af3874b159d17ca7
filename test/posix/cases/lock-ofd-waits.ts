import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('F_OFD_SETLKW waits, is granted, and ends with EINTR at a signal', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.ofdLock(fd, C.F_WRLCK);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  let waiting = peer.start('ofdLockWait', theirs, C.F_RDLCK);
  waiting.blocked('fcntl', place.barrier);
  peer.signal('SIGUSR1');
  fails('EINTR', () => waiting.finish());
  waiting = peer.start('ofdLockWait', theirs, C.F_RDLCK);
  waiting.blocked('fcntl', place.barrier);
  sys.close(fd);
  waiting.finish();
});
