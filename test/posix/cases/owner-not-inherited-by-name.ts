import { alice, behaviour, club, equal, sys } from '../harness.js';

export default behaviour(
  'a new file under an old name does not get the owner of the old one',
  { identity: true, needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('file'), 'x');
    sys.chown(place.at('file'), alice.uid, club);
    sys.unlink(place.at('file'));
    sys.writeFile(place.at('file'), 'y');
    equal(sys.stat(place.at('file')).uid, 0);
    equal(sys.stat(place.at('file')).gid, 0);
  },
);
