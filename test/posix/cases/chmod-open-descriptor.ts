import { alice, behaviour, C, fails, sameBytes, sys } from '../harness.js';

export default behaviour(
  'a descriptor keeps what it was opened for when the mode changes',
  { needs: ['root'] },
  (place) => {
    sys.writeFile(place.at('file'), 'x');
    sys.chown(place.at('file'), alice.uid, alice.gid);
    sys.as(alice, () => {
      const fd = sys.open(place.at('file'), C.O_RDWR);
      sys.fchmod(fd, 0);
      sys.write(fd, 'written');
      sameBytes(sys.pread(fd, 10, 0), 'written');
      fails('EACCES', () => sys.open(place.at('file'), C.O_RDONLY));
    });
  },
);
