import { alice, behaviour, bob, club, equal, sys } from '../harness.js';

export default behaviour(
  "a chown of the group alone leaves the owner what it was: nobody's in caller",
  { identity: true, needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('file'));
    sys.chown(place.at('file'), -1, club);
    for (const who of [alice, bob]) {
      const stat = sys.as(who, () => sys.stat(place.at('file')));
      equal(stat.gid, club);
      equal(stat.uid, place.ownership === 'caller' ? who.uid : 0);
    }
  },
);
