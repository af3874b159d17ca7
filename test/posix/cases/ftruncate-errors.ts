import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour('ftruncate of a descriptor that is not for writing, or of no file, is EINVAL', (place) => {
  sys.writeFile(place.at('file'), 'abc');
  fails('EINVAL', () => sys.ftruncate(sys.open(place.at('file'), C.O_RDONLY), 0));
  fails('EINVAL', () => sys.ftruncate(sys.open(place.dir, C.O_RDONLY), 0));
  fails('EINVAL', () => sys.ftruncate(sys.open(place.at('file'), C.O_RDWR), -1));
  fails('EBADF', () => sys.ftruncate(sys.open(place.at('file'), C.O_PATH), 0));
  equal(sys.stat(place.at('file')).size, 3);
});
