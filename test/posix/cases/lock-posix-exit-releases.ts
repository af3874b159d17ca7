import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('the locks of a process that is killed are gone', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  const peer = place.peer();
  peer.do('lock', peer.do('open', place.at('file'), C.O_RDWR), C.F_WRLCK);
  fails('EAGAIN', () => sys.lock(fd, C.F_RDLCK));
  peer.kill();
  sys.lock(fd, C.F_WRLCK);
});
