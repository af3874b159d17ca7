import { behaviour, C, equal, same, sys } from '../harness.js';

export default behaviour('F_GETLK names type, range and process of the lock in the way', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  peer.do('lock', theirs, C.F_WRLCK, 1000, 24);
  const found = sys.getlk(fd, C.F_GETLK, { type: C.F_RDLCK });
  same(found, { type: C.F_WRLCK, whence: C.SEEK_SET, start: 1000, length: 24, pid: peer.pid });
  const free = sys.getlk(fd, C.F_GETLK, { type: C.F_WRLCK, start: 0, length: 1000 });
  equal(free.type, C.F_UNLCK);
  peer.do('lock', theirs, C.F_RDLCK, 1000, 24);
  equal(sys.getlk(fd, C.F_GETLK, { type: C.F_RDLCK }).type, C.F_UNLCK);
  equal(sys.getlk(fd, C.F_GETLK, { type: C.F_WRLCK }).type, C.F_RDLCK);
});
