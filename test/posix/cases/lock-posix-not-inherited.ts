import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour("a child does not have its parent's fcntl locks, even on an inherited descriptor", (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.lock(fd, C.F_WRLCK);
  const child = place.peer({ inherit: [fd] });
  fails('EAGAIN', () => child.do('lock', 3, C.F_RDLCK));
  equal(child.do('getlk', 3, C.F_GETLK, { type: C.F_RDLCK }).pid, process.pid);
  child.do('close', 3);
  const third = place.peer();
  fails('EAGAIN', () => third.do('lock', third.do('open', place.at('file'), C.O_RDWR), C.F_RDLCK));
});
