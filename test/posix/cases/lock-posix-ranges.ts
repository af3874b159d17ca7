import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('locks cover byte ranges, and unlocking the middle leaves both ends', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  sys.lock(fd, C.F_WRLCK, 100, 100);
  peer.do('lock', theirs, C.F_WRLCK, 0, 100);
  peer.do('lock', theirs, C.F_WRLCK, 200, 50);
  fails('EAGAIN', () => peer.do('lock', theirs, C.F_WRLCK, 199, 1));
  sys.lock(fd, C.F_UNLCK, 140, 20);
  peer.do('lock', theirs, C.F_WRLCK, 140, 20);
  fails('EAGAIN', () => peer.do('lock', theirs, C.F_WRLCK, 139, 1));
  fails('EAGAIN', () => peer.do('lock', theirs, C.F_WRLCK, 160, 1));
});
