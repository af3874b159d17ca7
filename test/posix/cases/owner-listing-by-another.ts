import { alice, behaviour, bob, equal, sys } from '../harness.js';

export default behaviour(
  'a listing made by one user does not tell another user who owns the entries',
  { identity: true, needs: ['root'] },
  (place) => {
    for (let i = 0; i < 20; i++) sys.writeFile(place.at(`f${i}`));
    for (const who of [alice, bob]) {
      sys.as(who, () => {
        for (const name of sys.names(place.dir)) {
          equal(sys.stat(place.at(name)).uid, place.ownership === 'caller' ? who.uid : 0);
        }
      });
      // The same entries listed by one and looked at by the other.
      sys.as(alice, () => sys.readdir(place.dir));
      equal(
        sys.as(bob, () => sys.stat(place.at('f0')).uid),
        place.ownership === 'caller' ? bob.uid : 0,
      );
    }
  },
);
