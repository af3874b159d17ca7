import { alice, behaviour, bob, fails, sys } from '../harness.js';

export default behaviour(
  'an ordinary user gives nothing away: EPERM, also for his own files',
  { needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('hers'));
    sys.chown(place.at('hers'), alice.uid, alice.gid);
    sys.writeFile(place.at('roots'));
    sys.as(alice, () => {
      fails('EPERM', () => sys.chown(place.at('hers'), bob.uid, -1));
      fails('EPERM', () => sys.chown(place.at('roots'), alice.uid, -1));
      fails('EPERM', () => sys.chown(place.at('hers'), -1, bob.gid));
      sys.chown(place.at('hers'), alice.uid, alice.gid);
      fails('EPERM', () => sys.chown(place.at('roots'), -1, alice.gid));
    });
  },
);
