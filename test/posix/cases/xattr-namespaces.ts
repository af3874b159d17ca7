import { behaviour, fails, sys } from '../harness.js';

export default behaviour(
  'an attribute outside the known namespaces is EOPNOTSUPP',
  { needs: ['hostXattr'] },
  (place) => {
    sys.writeFile(place.at('file'));
    for (const name of ['x', 'unknown.x', 'USER.x', 'user']) {
      fails('EOPNOTSUPP', () => sys.setxattr(place.at('file'), name, 'v'));
      fails('EOPNOTSUPP', () => sys.getxattr(place.at('file'), name));
      fails('EOPNOTSUPP', () => sys.removexattr(place.at('file'), name));
    }
  },
);
