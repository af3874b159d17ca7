import { behaviour, C, equal, octal, sameBytes, sys } from '../harness.js';

export default behaviour('a file unlinked while open is read, written and truncated as before', (place) => {
  sys.writeFile(place.at('file'), 'before');
  const fd = sys.open(place.at('file'), C.O_RDWR);
  const second = sys.open(place.at('file'), C.O_RDONLY);
  sys.unlink(place.at('file'));
  equal(sys.exists(place.at('file')), false);
  equal(sys.fstat(fd).nlink, 0);
  sameBytes(sys.pread(fd, 100, 0), 'before');
  sys.pwrite(fd, ' and after', 6);
  sameBytes(sys.pread(second, 100, 0), 'before and after');
  sys.ftruncate(fd, 3);
  equal(sys.fstat(second).size, 3);
  sys.fchmod(fd, 0o600);
  equal(octal(sys.fstat(second).mode), '0600');
  sys.futimens(fd, 5n, 7n);
  equal(sys.fstat(second).mtime, 7n);
});
