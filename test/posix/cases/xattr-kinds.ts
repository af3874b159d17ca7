import { behaviour, C, fails, same, sys } from '../harness.js';

export default behaviour(
  'user attributes of symlinks and special files are EPERM',
  { needs: ['hostXattr'] },
  (place) => {
    sys.symlink('nowhere', place.at('link'));
    sys.mkfifo(place.at('fifo'));
    sys.mknod(place.at('socket'), C.S_IFSOCK | 0o600);
    fails('EPERM', () => sys.lsetxattr(place.at('link'), 'user.x', 'v'));
    fails('EPERM', () => sys.setxattr(place.at('fifo'), 'user.x', 'v'));
    fails('EPERM', () => sys.setxattr(place.at('socket'), 'user.x', 'v'));
    same(sys.listxattr(place.at('fifo')), []);
    same(sys.listxattr(place.at('link'), 1000, true), []);
  },
);
