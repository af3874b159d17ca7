import { alice, behaviour, C, fails, sys } from '../harness.js';

export default behaviour('O_NOATIME on a file of somebody else is EPERM', { needs: ['root'] }, (place) => {
  sys.writeFile(place.at('file'), 'x');
  sys.as(alice, () => fails('EPERM', () => sys.open(place.at('file'), C.O_RDONLY | C.O_NOATIME)));
  sys.chown(place.at('file'), alice.uid, alice.gid);
  sys.as(alice, () => sys.open(place.at('file'), C.O_RDONLY | C.O_NOATIME));
});
