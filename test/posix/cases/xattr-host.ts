import { behaviour, same, sameBytes, sys } from '../harness.js';

export default behaviour(
  'user attributes are seen on the host and from the host',
  { needs: ['host', 'hostXattr'] },
  (place) => {
    sys.writeFile(place.at('file'));
    const host = place.hostPeer();
    sys.setxattr(place.at('file'), 'user.here', 'h');
    sameBytes(host.do('getxattr', place.hostAt('file'), 'user.here'), 'h');
    host.do('setxattr', place.hostAt('file'), 'user.there', 't');
    sameBytes(sys.getxattr(place.at('file'), 'user.there'), 't');
    same(sys.listxattr(place.at('file')), ['user.here', 'user.there']);
  },
);
