import { alice, behaviour, fails, same, sys } from '../harness.js';

export default behaviour(
  'an ordinary user neither sets nor sees trusted attributes',
  { needs: ['root', 'hostXattr'] },
  (place) => {
    sys.writeFile(place.at('file'));
    sys.chmod(place.at('file'), 0o666);
    sys.as(alice, () => {
      fails('EPERM', () => sys.setxattr(place.at('file'), 'trusted.x', 'v'));
      fails('ENODATA', () => sys.getxattr(place.at('file'), 'trusted.x'));
      same(sys.listxattr(place.at('file')), []);
    });
  },
);
