import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour('ranges beyond 4 GiB are told apart', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  sys.lock(fd, C.F_WRLCK, 2 ** 33 + 7, 5);
  peer.do('lock', theirs, C.F_WRLCK, 7, 5);
  peer.do('lock', theirs, C.F_WRLCK, 2 ** 32 + 7, 5);
  fails('EAGAIN', () => peer.do('lock', theirs, C.F_WRLCK, 2 ** 33 + 11, 1));
  const found = peer.do('getlk', theirs, C.F_GETLK, { type: C.F_WRLCK, start: 2 ** 33, length: 100 });
  equal(found.start, 2 ** 33 + 7);
  equal(found.length, 5);
});
