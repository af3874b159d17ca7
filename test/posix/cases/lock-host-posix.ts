import { behaviour, C, fails, same, sys } from '../harness.js';

export default behaviour(
  'fcntl locks hold between a process here and one on the host, both ways',
  { needs: ['host', 'hostLocks'] },
  (place) => {
    const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
    const host = place.hostPeer();
    const theirs = host.do('open', place.hostAt('file'), C.O_RDWR);
    sys.lock(fd, C.F_WRLCK, 0, 10);
    fails('EAGAIN', () => host.do('lock', theirs, C.F_RDLCK, 5, 10));
    host.do('lock', theirs, C.F_WRLCK, 10, 10);
    fails('EAGAIN', () => sys.lock(fd, C.F_RDLCK, 15, 1));
    const found = sys.getlk(fd, C.F_GETLK, { type: C.F_WRLCK, start: 10, length: 0 });
    same([found.type, found.start, found.length], [C.F_WRLCK, 10, 10]);
    const seen = host.do('getlk', theirs, C.F_GETLK, { type: C.F_WRLCK, start: 0, length: 10 });
    same([seen.type, seen.start, seen.length], [C.F_WRLCK, 0, 10]);
    host.do('lock', theirs, C.F_UNLCK);
    sys.lock(fd, C.F_RDLCK, 15, 1);
  },
);
