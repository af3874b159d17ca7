import { alice, behaviour, bob, C, equal, fails, sys } from '../harness.js';

export default behaviour(
  'truncate without permission to write is EACCES, ftruncate on a writable descriptor works',
  { needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('file'), 'abc');
    sys.chown(place.at('file'), alice.uid, alice.gid);
    sys.as(alice, () => {
      const fd = sys.open(place.at('file'), C.O_RDWR);
      sys.chmod(place.at('file'), 0o444);
      fails('EACCES', () => sys.truncate(place.at('file'), 1));
      sys.ftruncate(fd, 1);
    });
    sys.as(bob, () => fails('EACCES', () => sys.truncate(place.at('file'), 0)));
    equal(sys.stat(place.at('file')).size, 1);
  },
);
