import { behaviour, C, fails, same, sys } from '../harness.js';

export default behaviour(
  'mknod of a directory is EPERM, of an unknown type EINVAL, of a name in use EEXIST',
  (place) => {
    sys.writeFile(place.at('file'));
    fails('EPERM', () => sys.mknod(place.at('dir'), C.S_IFDIR | 0o755));
    fails('EINVAL', () => sys.mknod(place.at('link'), C.S_IFLNK | 0o777));
    fails('EINVAL', () => sys.mknod(place.at('odd'), 0o150000));
    fails('EEXIST', () => sys.mknod(place.at('file'), C.S_IFREG | 0o644));
    same(sys.names(place.dir), ['file']);
  },
);
