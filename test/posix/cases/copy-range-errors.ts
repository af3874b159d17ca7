import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour('copy_file_range: EBADF, EISDIR, EINVAL', (place) => {
  sys.writeFile(place.at('file'), 'abc');
  const reader = sys.open(place.at('file'), C.O_RDONLY);
  const writer = sys.open(place.at('to'), C.O_CREAT | C.O_WRONLY);
  const append = sys.open(place.at('to'), C.O_WRONLY | C.O_APPEND);
  fails('EBADF', () => sys.copyFileRange(writer, 0, reader, 0, 3));
  fails('EBADF', () => sys.copyFileRange(reader, 0, reader, 10, 3));
  fails('EBADF', () => sys.copyFileRange(reader, 0, append, 0, 3));
  fails('EISDIR', () => sys.copyFileRange(sys.open(place.dir, C.O_RDONLY), 0, writer, 0, 3));
  fails('EINVAL', () => sys.copyFileRange(reader, 0, writer, 0, 3, 1));
  fails(['EINVAL', 'EOVERFLOW'], () => sys.copyFileRange(reader, -1, writer, 0, 3));
  equal(sys.fstat(writer).size, 0);
});
