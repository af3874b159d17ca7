import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour("closing any descriptor of the file releases the process's locks on it", (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  sys.lock(fd, C.F_WRLCK);
  const other = sys.open(place.at('file'), C.O_RDONLY);
  fails('EAGAIN', () => peer.do('lock', theirs, C.F_RDLCK));
  sys.close(other);
  peer.do('lock', theirs, C.F_WRLCK);
});
