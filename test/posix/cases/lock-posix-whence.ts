import { behaviour, C, same, sys } from '../harness.js';

export default behaviour('a lock counts from the offset or the end, and backwards with a negative length', (place) => {
  sys.writeFile(place.at('file'), 'x'.repeat(100));
  const fd = sys.open(place.at('file'), C.O_RDWR);
  const peer = place.peer();
  const theirs = peer.do('open', place.at('file'), C.O_RDWR);
  const range = () => {
    const found = peer.do('getlk', theirs, C.F_GETLK, { type: C.F_WRLCK });
    sys.lock(fd, C.F_UNLCK);
    return [found.start, found.length];
  };
  sys.lseek(fd, 30, C.SEEK_SET);
  sys.setlk(fd, C.F_SETLK, { type: C.F_WRLCK, whence: C.SEEK_CUR, start: 5, length: 10 });
  same(range(), [35, 10]);
  sys.setlk(fd, C.F_SETLK, { type: C.F_WRLCK, whence: C.SEEK_END, start: -20, length: 15 });
  same(range(), [80, 15]);
  sys.setlk(fd, C.F_SETLK, { type: C.F_WRLCK, start: 50, length: -10 });
  same(range(), [40, 10]);
});
