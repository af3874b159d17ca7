import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour('an O_PATH descriptor does no I/O: read, write, fchmod and fsync are EBADF', (place) => {
  sys.writeFile(place.at('file'), 'x');
  const fd = sys.open(place.at('file'), C.O_PATH);
  fails('EBADF', () => sys.read(fd, 1));
  fails('EBADF', () => sys.write(fd, 'y'));
  fails('EBADF', () => sys.fchmod(fd, 0o600));
  fails('EBADF', () => sys.fsync(fd));
  equal(sys.fstat(fd).size, 1);
});
