import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour(
  "fcntl locks: EINVAL for nonsense, EBADF against the descriptor's direction, EOVERFLOW",
  (place) => {
    sys.writeFile(place.at('file'));
    const reader = sys.open(place.at('file'), C.O_RDONLY);
    const writer = sys.open(place.at('file'), C.O_WRONLY);
    fails('EBADF', () => sys.lock(reader, C.F_WRLCK));
    fails('EBADF', () => sys.lock(writer, C.F_RDLCK));
    fails('EBADF', () => sys.lock(9999, C.F_RDLCK));
    fails('EINVAL', () => sys.lock(reader, 77));
    fails('EINVAL', () => sys.setlk(reader, C.F_SETLK, { type: C.F_RDLCK, whence: 9 }));
    fails('EINVAL', () => sys.lock(reader, C.F_RDLCK, -1, 1));
    fails('EINVAL', () => sys.lock(reader, C.F_RDLCK, 5, -6));
    const most = 2n ** 63n - 1n;
    fails('EOVERFLOW', () => sys.setlk(reader, C.F_SETLK, { type: C.F_RDLCK, start: most, length: 2 }));
    sys.setlk(reader, C.F_SETLK, { type: C.F_RDLCK, start: most, length: 1 });
  },
);
