import { behaviour, fails, sys } from '../harness.js';

export default behaviour('a missing attribute is ENODATA, a missing file ENOENT', { needs: ['hostXattr'] }, (place) => {
  sys.writeFile(place.at('file'));
  fails('ENODATA', () => sys.getxattr(place.at('file'), 'user.x'));
  fails('ENODATA', () => sys.removexattr(place.at('file'), 'user.x'));
  fails('ENOENT', () => sys.getxattr(place.at('missing'), 'user.x'));
  fails('ENOENT', () => sys.setxattr(place.at('missing'), 'user.x', 'v'));
  fails('ENOENT', () => sys.listxattr(place.at('missing')));
  fails('ENOTDIR', () => sys.getxattr(place.at('file/x'), 'user.x'));
});
