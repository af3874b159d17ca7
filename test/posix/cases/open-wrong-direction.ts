import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour(
  'reading a descriptor opened for writing, or writing one opened for reading, is EBADF',
  (place) => {
    const writer = sys.open(place.at('file'), C.O_CREAT | C.O_WRONLY);
    const reader = sys.open(place.at('file'), C.O_RDONLY);
    fails('EBADF', () => sys.read(writer, 1));
    fails('EBADF', () => sys.pread(writer, 1, 0));
    fails('EBADF', () => sys.write(reader, 'x'));
    fails('EBADF', () => sys.pwrite(reader, 'x', 0));
  },
);
