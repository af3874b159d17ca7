import { behaviour, C, same, sys } from '../harness.js';

export default behaviour(
  'a lock set over own locks replaces them: read to write, write to read, part of them',
  (place) => {
    const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
    const peer = place.peer();
    const theirs = peer.do('open', place.at('file'), C.O_RDWR);
    const inTheWay = (type: number, start: number) => {
      const found = peer.do('getlk', theirs, C.F_GETLK, { type, start, length: 1 });
      return found.type === C.F_UNLCK ? null : [found.type, found.start, found.length];
    };
    sys.lock(fd, C.F_RDLCK, 0, 100);
    sys.lock(fd, C.F_WRLCK, 40, 20);
    same(inTheWay(C.F_RDLCK, 0), null);
    same(inTheWay(C.F_RDLCK, 45), [C.F_WRLCK, 40, 20]);
    same(inTheWay(C.F_WRLCK, 10), [C.F_RDLCK, 0, 40]);
    same(inTheWay(C.F_WRLCK, 70), [C.F_RDLCK, 60, 40]);
    sys.lock(fd, C.F_RDLCK, 0, 100);
    same(inTheWay(C.F_WRLCK, 45), [C.F_RDLCK, 0, 100]);
    sys.lock(fd, C.F_RDLCK, 100, 50);
    same(inTheWay(C.F_WRLCK, 120), [C.F_RDLCK, 0, 150]);
  },
);
