import { behaviour, fails, same, sys } from '../harness.js';

export default behaviour('unlink: ENOENT, EISDIR, ENOTDIR', (place) => {
  sys.writeFile(place.at('file'));
  sys.mkdir(place.at('dir'));
  fails('ENOENT', () => sys.unlink(place.at('missing')));
  fails('ENOENT', () => sys.unlink(place.at('missing/x')));
  fails('EISDIR', () => sys.unlink(place.at('dir')));
  fails('ENOTDIR', () => sys.unlink(place.at('file/x')));
  fails('ENOTDIR', () => sys.unlink(place.at('file/')));
  same(sys.names(place.dir), ['dir', 'file']);
});
