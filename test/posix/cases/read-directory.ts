import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('read of a directory is EISDIR', (place) => {
  const fd = sys.open(place.dir, C.O_RDONLY);
  fails('EISDIR', () => sys.read(fd, 10));
  fails('EISDIR', () => sys.pread(fd, 10, 0));
});
