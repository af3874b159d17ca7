import { behaviour, C, sys } from '../harness.js';

export default behaviour('a process killed while it waits for a lock never gets it', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.lock(fd, C.F_WRLCK);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  peer.start('lockWait', theirs, C.F_WRLCK).blocked('fcntl', place.barrier);
  peer.kill();
  sys.lock(fd, C.F_UNLCK);
  const third = place.peer();
  third.do('lock', third.do('open', place.at('file'), C.O_RDWR), C.F_WRLCK);
});
