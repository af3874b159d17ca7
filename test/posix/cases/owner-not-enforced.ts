import { alice, behaviour, bob, fails, sameBytes, sys } from '../harness.js';

export default behaviour(
  "caller reports owners and enforces none; strict lets the owner's bits decide",
  { identity: true, needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('file'), 'secret');
    sys.chown(place.at('file'), bob.uid, bob.gid);
    sys.chmod(place.at('file'), 0o600);
    sys.as(alice, () => {
      // The server can read it, and that decides in caller.
      if (place.ownership === 'caller') sameBytes(sys.readFile(place.at('file')), 'secret');
      else fails('EACCES', () => sys.readFile(place.at('file')));
    });
    sys.as(bob, () => sameBytes(sys.readFile(place.at('file')), 'secret'));
  },
);
