import { behaviour, fails, sys } from '../harness.js';

export default behaviour('readlink of no symlink or into no buffer is EINVAL; ENOENT, ENOTDIR', (place) => {
  sys.writeFile(place.at('file'));
  sys.symlink('x', place.at('link'));
  fails('EINVAL', () => sys.readlink(place.at('file')));
  fails('EINVAL', () => sys.readlink(place.dir));
  fails('EINVAL', () => sys.readlink(place.at('link'), 0));
  fails('ENOENT', () => sys.readlink(place.at('missing')));
  fails('ENOTDIR', () => sys.readlink(place.at('file/x')));
});
