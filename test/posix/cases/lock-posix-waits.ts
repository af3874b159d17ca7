import { behaviour, C, sys } from '../harness.js';

export default behaviour('F_SETLKW waits until the other process unlocks', (place) => {
  sys.writeFile(place.at('file'), 'x');
  const fd = sys.open(place.at('file'), C.O_RDWR);
  sys.lock(fd, C.F_WRLCK);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  const waiting = peer.start('lockWait', theirs, C.F_WRLCK);
  waiting.blocked('fcntl', place.barrier);
  sys.lock(fd, C.F_UNLCK);
  waiting.finish();
});
