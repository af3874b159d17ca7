import { alice, behaviour, club, equal, sys } from '../harness.js';

export default behaviour(
  'an owner stays with the object through rename, link, write and truncate',
  { identity: true, needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('file'), 'x');
    sys.chown(place.at('file'), alice.uid, club);
    sys.rename(place.at('file'), place.at('moved'));
    sys.link(place.at('moved'), place.at('second'));
    sys.unlink(place.at('moved'));
    sys.writeFile(place.at('second'), 'rewritten');
    sys.truncate(place.at('second'), 3);
    equal(sys.stat(place.at('second')).uid, alice.uid);
    equal(sys.stat(place.at('second')).gid, club);
  },
);
