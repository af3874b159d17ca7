import { alice, behaviour, bob, equal, fails, sys } from '../harness.js';

export default behaviour(
  'an ordinary user can claim an unclaimed file in caller, not in strict',
  { identity: true, needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('file'));
    const act = () => sys.as(alice, () => sys.chown(place.at('file'), alice.uid, alice.gid));
    if (place.ownership === 'caller') act();
    else fails('EPERM', act);
    equal(
      sys.as(bob, () => sys.stat(place.at('file')).uid),
      place.ownership === 'caller' ? alice.uid : 0,
    );
  },
);
