import { behaviour, C, fails, sys } from '../harness.js';

export default behaviour('the empty name is ENOENT', (place) => {
  sys.chdir(place.dir);
  fails('ENOENT', () => sys.open('', C.O_RDONLY));
  fails('ENOENT', () => sys.stat(''));
  fails('ENOENT', () => sys.mkdir(''));
  fails('ENOENT', () => sys.unlink(''));
  fails('ENOENT', () => sys.rename('', 'x'));
});
