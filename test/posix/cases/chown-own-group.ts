import { alice, behaviour, club, equal, sys } from '../harness.js';

export default behaviour('an owner gives his file to a group he is in', { needs: ['root'] }, (place) => {
  sys.writeFile(place.at('file'));
  sys.chown(place.at('file'), alice.uid, alice.gid);
  sys.as({ ...alice, groups: [club] }, () => sys.chown(place.at('file'), -1, club));
  equal(sys.stat(place.at('file')).gid, club);
});
