import { alice, behaviour, equal, octal, sys } from '../harness.js';

export default behaviour(
  'mode 0000 is given and taken away, also with attributes and owners on the object',
  { needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('file'), 'x');
    sys.mkdir(place.at('dir'));
    for (const name of ['file', 'dir']) {
      sys.chmod(place.at(name), 0);
      sys.chown(place.at(name), alice.uid, alice.gid);
      equal(octal(sys.stat(place.at(name)).mode), '0000');
      equal(sys.stat(place.at(name)).uid, alice.uid);
      sys.as(alice, () => {
        sys.utimens(place.at(name), 1n, 2n);
        sys.chmod(place.at(name), 0o700);
      });
      equal(octal(sys.stat(place.at(name)).mode), '0700');
    }
  },
);
