import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('getdents of a file is ENOTDIR, of an O_PATH descriptor EBADF', (place) => {
  sys.writeFile(place.at('file'));
  fails('ENOTDIR', () => sys.getdents(sys.open(place.at('file'), C.O_RDONLY)));
  fails('EBADF', () => sys.getdents(sys.open(place.dir, C.O_PATH)));
});
