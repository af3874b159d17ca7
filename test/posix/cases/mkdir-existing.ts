import { behaviour, equal, fails, sys } from '../harness.js';

export default behaviour('mkdir of anything that exists is EEXIST', (place) => {
  sys.writeFile(place.at('file'));
  sys.mkdir(place.at('dir'));
  sys.symlink('nowhere', place.at('link'));
  for (const name of ['file', 'dir', 'link', '.', 'dir/..']) fails('EEXIST', () => sys.mkdir(place.at(name)));
  equal(sys.exists(place.at('nowhere')), false);
});
