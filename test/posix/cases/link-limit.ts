import { behaviour, equal, fails, sys } from '../harness.js';

export default behaviour(
  'a file with as many links as the file system allows gets no more: EMLINK',
  { needs: ['host', 'hostAtOnce', 'hostLinkLimit'] },
  (place) => {
    sys.writeFile(place.at('file'), 'x');
    const limit = 65_000;
    place.hostPeer().do('linkMany', place.hostAt('file'), limit - 2);
    sys.link(place.at('file'), place.at('last'));
    equal(sys.stat(place.at('file')).nlink, limit);
    fails('EMLINK', () => sys.link(place.at('file'), place.at('one-more')));
    place.hostPeer().do('unlinkMany', place.hostAt('file'), limit - 2);
    equal(sys.stat(place.at('file')).nlink, 2);
  },
);
