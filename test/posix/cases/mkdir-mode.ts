import { behaviour, equal, octal, sys } from '../harness.js';

export default behaviour('mkdir takes mode and umask, and a name with a trailing slash', (place) => {
  sys.umask(0o022);
  sys.mkdir(place.at('a'), 0o777);
  sys.mkdir(place.at('b/'), 0o1770);
  equal(octal(sys.stat(place.at('a')).mode), '0755');
  equal(octal(sys.stat(place.at('b')).mode), '1750');
  sys.umask(0);
  sys.mkdir(place.at('c'), 0o777);
  equal(octal(sys.stat(place.at('c')).mode), '0777');
});
