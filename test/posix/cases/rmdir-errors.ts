import { behaviour, fails, sys } from '../harness.js';

export default behaviour('rmdir: ENOENT, ENOTDIR, EINVAL for ".", ENOTEMPTY for ".."', (place) => {
  sys.writeFile(place.at('file'));
  sys.mkdir(place.at('dir'));
  sys.symlink('dir', place.at('link'));
  fails('ENOENT', () => sys.rmdir(place.at('missing')));
  fails('ENOENT', () => sys.rmdir(place.at('missing/x')));
  fails('ENOTDIR', () => sys.rmdir(place.at('file')));
  fails('ENOTDIR', () => sys.rmdir(place.at('file/x')));
  fails('ENOTDIR', () => sys.rmdir(place.at('link')));
  fails('EINVAL', () => sys.rmdir(place.at('dir/.')));
  fails('ENOTEMPTY', () => sys.rmdir(place.at('dir/..')));
});
