import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('locks work on a file that has lost its name', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  sys.unlink(place.at('file'));
  sys.lock(fd, C.F_WRLCK);
  fails('EAGAIN', () => peer.do('lock', theirs, C.F_RDLCK));
  sys.close(fd);
  peer.do('lock', theirs, C.F_WRLCK);
});
