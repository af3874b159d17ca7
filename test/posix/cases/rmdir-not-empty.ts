import { behaviour, equal, fails, sys } from '../harness.js';

export default behaviour('rmdir of a directory with anything in it is ENOTEMPTY', (place) => {
  sys.mkdir(place.at('dir'));
  sys.writeFile(place.at('dir/.hidden'));
  fails(['ENOTEMPTY', 'EEXIST'], () => sys.rmdir(place.at('dir')));
  sys.unlink(place.at('dir/.hidden'));
  sys.rmdir(place.at('dir'));
  equal(sys.exists(place.at('dir')), false);
});
