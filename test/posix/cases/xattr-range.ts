import { behaviour, equal, fails, sameBytes, sys } from '../harness.js';

export default behaviour(
  'a buffer too small is ERANGE, a buffer of size 0 asks for the size',
  { needs: ['hostXattr'] },
  (place) => {
    sys.writeFile(place.at('file'));
    const at = place.at('file');
    equal(sys.listxattrSize(at), 0);
    sys.setxattr(at, 'user.name', '0123456789');
    equal(sys.getxattrSize(at, 'user.name'), 10);
    equal(sys.listxattrSize(at), 'user.name'.length + 1);
    fails('ERANGE', () => sys.getxattr(at, 'user.name', 9));
    fails('ERANGE', () => sys.listxattr(at, 5));
    sameBytes(sys.getxattr(at, 'user.name', 10), '0123456789');
  },
);
