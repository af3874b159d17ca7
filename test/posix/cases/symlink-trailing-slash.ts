import { behaviour, C, equal, fails, sys } from '../harness.js';

export default behaviour('a trailing slash makes a symlink its directory', (place) => {
  sys.mkdir(place.at('dir'));
  sys.writeFile(place.at('file'));
  sys.symlink('dir', place.at('to-dir'));
  sys.symlink('file', place.at('to-file'));
  equal(sys.lstat(place.at('to-dir/')).mode & C.S_IFMT, C.S_IFDIR);
  fails('ENOTDIR', () => sys.lstat(place.at('to-file/')));
});
