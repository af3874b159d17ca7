import { behaviour, equal, sameBytes, sys } from '../harness.js';

export default behaviour('truncate to more than 4 GiB and back', (place) => {
  sys.writeFile(place.at('file'), 'abc');
  sys.truncate(place.at('file'), 2 ** 33 + 5);
  equal(sys.stat(place.at('file')).size, 2 ** 33 + 5);
  sys.truncate(place.at('file'), 2);
  sameBytes(sys.readFile(place.at('file')), 'ab');
});
