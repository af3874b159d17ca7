import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour('a lock of length 0 reaches beyond every future end of the file', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  sys.lock(fd, C.F_WRLCK, 10, 0);
  peer.do('lock', theirs, C.F_WRLCK, 0, 10);
  fails('EAGAIN', () => peer.do('setlk', theirs, C.F_SETLK, { type: C.F_WRLCK, start: 2n ** 62n, length: 1 }));
  const found = peer.do('getlk', theirs, C.F_GETLK, { type: C.F_WRLCK, start: 500, length: 1 });
  equal(found.start, 10);
  equal(found.length, 0);
});
