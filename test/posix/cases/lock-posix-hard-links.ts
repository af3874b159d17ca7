import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('a lock belongs to the file, whatever the name it was opened by', (place) => {
  const fd = sys.open(place.at('a'), C.O_CREAT | C.O_RDWR);
  sys.link(place.at('a'), place.at('b'));
  sys.lock(fd, C.F_WRLCK);
  sys.rename(place.at('a'), place.at('c'));
  const peer = place.peer();
  fails('EAGAIN', () => peer.do('lock', peer.do('open', place.at('b'), C.O_RDWR), C.F_RDLCK));
});
