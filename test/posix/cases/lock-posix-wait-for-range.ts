import { behaviour, C, sys } from '../harness.js';

export default behaviour('F_SETLKW waits for its own range only, and is granted when that is free', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.lock(fd, C.F_WRLCK, 0, 10);
  sys.lock(fd, C.F_WRLCK, 20, 10);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  peer.do('lockWait', theirs, C.F_WRLCK, 10, 10);
  const waiting = peer.start('lockWait', theirs, C.F_WRLCK, 25, 1);
  waiting.blocked('fcntl', place.barrier);
  sys.lock(fd, C.F_UNLCK, 0, 10);
  waiting.blocked('fcntl', place.barrier);
  sys.lock(fd, C.F_UNLCK, 25, 5);
  waiting.finish();
});
