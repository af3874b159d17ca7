import { behaviour, equal, sys } from '../harness.js';

export default behaviour("statfs tells the size of the host's file system", { needs: ['host'] }, (place) => {
  const here = sys.statfs(place.dir);
  const host = place.hostPeer().do('statfs', place.hostAt('.'));
  equal(here.blocks * here.frsize, host.blocks * host.frsize);
  equal(here.files, host.files);
});
