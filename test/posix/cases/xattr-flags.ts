import { behaviour, C, fails, sameBytes, sys } from '../harness.js';

export default behaviour(
  'XATTR_CREATE of an existing attribute is EEXIST, XATTR_REPLACE of a missing one ENODATA',
  { needs: ['hostXattr'] },
  (place) => {
    sys.writeFile(place.at('file'));
    const at = place.at('file');
    fails('ENODATA', () => sys.setxattr(at, 'user.x', 'v', C.XATTR_REPLACE));
    sys.setxattr(at, 'user.x', 'v', C.XATTR_CREATE);
    fails('EEXIST', () => sys.setxattr(at, 'user.x', 'w', C.XATTR_CREATE));
    sameBytes(sys.getxattr(at, 'user.x'), 'v');
    sys.setxattr(at, 'user.x', 'w', C.XATTR_REPLACE);
    sameBytes(sys.getxattr(at, 'user.x'), 'w');
    fails('EINVAL', () => sys.setxattr(at, 'user.x', 'v', 8));
  },
);
