import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('every call on a closed descriptor is EBADF', (place) => {
  const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDWR);
  sys.close(fd);
  fails('EBADF', () => sys.read(fd, 1));
  fails('EBADF', () => sys.fstat(fd));
  fails('EBADF', () => sys.fsync(fd));
  fails('EBADF', () => sys.ftruncate(fd, 0));
  fails('EBADF', () => sys.openat(fd, 'x', C.O_RDONLY));
  fails('EBADF', () => sys.close(fd));
});
