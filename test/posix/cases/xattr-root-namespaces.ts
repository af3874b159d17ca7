import { behaviour, equal, sameBytes, sys } from '../harness.js';

export default behaviour(
  "root's trusted attributes are kept, or refused with EOPNOTSUPP, never lost without a word",
  { needs: ['root', 'hostXattr'] },
  (place) => {
    sys.writeFile(place.at('file'));
    let refused = '';
    try {
      sys.setxattr(place.at('file'), 'trusted.osmofs-test', 'v');
    } catch (error) {
      refused = (error as sys.SysError).code;
    }
    if (refused === '') sameBytes(sys.getxattr(place.at('file'), 'trusted.osmofs-test'), 'v');
    else equal(refused, 'EOPNOTSUPP');
  },
);
