import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('read locks of several processes stand together and keep writers out', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  sys.lock(fd, C.F_RDLCK);
  peer.do('lock', theirs, C.F_RDLCK);
  fails(['EAGAIN', 'EACCES'], () => sys.lock(fd, C.F_WRLCK));
  peer.do('lock', theirs, C.F_UNLCK);
  sys.lock(fd, C.F_WRLCK);
});
