import { behaviour, C, fails, same, sameBytes, sys } from '../harness.js';

export default behaviour(
  'extended attributes through a descriptor and by name are the same, also when unlinked',
  { needs: ['hostXattr'] },
  (place) => {
    const fd = sys.open(place.at('file'), C.O_CREAT | C.O_RDONLY);
    sys.setxattr(fd, 'user.x', 'by descriptor');
    sameBytes(sys.getxattr(place.at('file'), 'user.x'), 'by descriptor');
    sys.unlink(place.at('file'));
    sameBytes(sys.getxattr(fd, 'user.x'), 'by descriptor');
    sys.setxattr(fd, 'user.y', 'late');
    same(sys.listxattr(fd), ['user.x', 'user.y']);
    sys.removexattr(fd, 'user.x');
    fails('ENODATA', () => sys.getxattr(fd, 'user.x'));
  },
);
