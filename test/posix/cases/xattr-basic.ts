import { behaviour, equal, same, sameBytes, sys } from '../harness.js';

export default behaviour(
  'an extended attribute is set, replaced, listed and removed',
  { needs: ['hostXattr'] },
  (place) => {
    sys.writeFile(place.at('file'));
    sys.mkdir(place.at('dir'));
    for (const name of ['file', 'dir']) {
      const at = place.at(name);
      sys.setxattr(at, 'user.one', 'first');
      sys.setxattr(at, 'user.two', '');
      sameBytes(sys.getxattr(at, 'user.one'), 'first');
      equal(sys.getxattr(at, 'user.two').length, 0);
      sys.setxattr(at, 'user.one', 'second value');
      sameBytes(sys.getxattr(at, 'user.one'), 'second value');
      same(sys.listxattr(at), ['user.one', 'user.two']);
      sys.removexattr(at, 'user.one');
      same(sys.listxattr(at), ['user.two']);
    }
  },
);
