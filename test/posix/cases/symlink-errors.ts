import { behaviour, fails, sys } from '../harness.js';

export default behaviour('symlink: EEXIST, ENOENT, ENOTDIR', (place) => {
  sys.writeFile(place.at('file'));
  sys.symlink('nowhere', place.at('dangling'));
  fails('EEXIST', () => sys.symlink('x', place.at('file')));
  fails('EEXIST', () => sys.symlink('x', place.at('dangling')));
  fails('ENOENT', () => sys.symlink('x', place.at('missing/link')));
  fails('ENOTDIR', () => sys.symlink('x', place.at('file/link')));
});
