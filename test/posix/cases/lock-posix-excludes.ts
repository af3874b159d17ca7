import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('a write lock keeps every other process out: EAGAIN, of readers and writers', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.lock(fd, C.F_WRLCK);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  fails(['EAGAIN', 'EACCES'], () => peer.do('lock', theirs, C.F_WRLCK));
  fails(['EAGAIN', 'EACCES'], () => peer.do('lock', theirs, C.F_RDLCK));
  sys.lock(fd, C.F_UNLCK);
  peer.do('lock', theirs, C.F_WRLCK);
  fails(['EAGAIN', 'EACCES'], () => sys.lock(fd, C.F_WRLCK));
});
